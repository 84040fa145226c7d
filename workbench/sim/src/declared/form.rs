//! Converts between the fields of a request or reply and the value in a history.

use mael::protocol::Body;
use mael_history::Value;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::kept::Kept;
use super::operation::OperationType;

/// The fields of a body, in the order of their declaration.
pub(super) type Fields = Vec<(&'static str, Value)>;

/// The fields of a body, which borrow their values.
pub(super) type FieldRefs<'a> = Vec<(&'static str, &'a Value)>;

/// The format of the values of an operation.
#[derive(Clone, Debug)]
pub(super) struct Form {
    request: Vec<&'static str>,
    reply: Vec<&'static str>,
    /// None if a value is the only field, or a map of several fields.
    pattern: Option<Pattern>,
}

/// The format of a value that is a list.
#[derive(Clone, Debug)]
enum Pattern {
    Field(&'static str),
    List(Vec<Pattern>),
}

impl Form {
    /// # Panics
    /// When the declared form is not a list of fields.
    pub(super) fn of(operation: &OperationType) -> Self {
        let names = |fields: &[(&'static str, String)]| fields.iter().map(|it| it.0).collect();
        let pattern = operation.value.map(|text| {
            let mut rest = text;
            let pattern = pattern(&mut rest);
            pattern
                .filter(|_| rest.trim().is_empty())
                .unwrap_or_else(|| {
                    panic!("`value = {text:?}` is not a list such as \"[key, value]\"")
                })
        });
        Self {
            request: names(&operation.rpc.request.fields),
            reply: names(&operation.rpc.reply.fields),
            pattern,
        }
    }

    /// Returns the names of the reply's fields.
    pub(super) fn reply(&self) -> &[&'static str] {
        &self.reply
    }

    /// Returns the value of an invocation.
    pub(super) fn invocation(&self, fields: &FieldRefs<'_>) -> Value {
        match &self.pattern {
            Some(pattern) => pattern.write(&[fields]),
            None => joined(fields),
        }
    }

    /// Returns the value of a completion.
    pub(super) fn completion(&self, request: &FieldRefs<'_>, reply: &FieldRefs<'_>) -> Value {
        match &self.pattern {
            Some(pattern) => pattern.write(&[reply, request]),
            None if reply.is_empty() => joined(request),
            None => joined(reply),
        }
    }

    /// Returns the fields of the request, from the value of its invocation.
    ///
    /// # Errors
    /// Returns an error if the value has another format.
    pub(super) fn request_of<'v>(&self, value: &'v Value) -> Result<FieldRefs<'v>, String> {
        let fields = self.fields_of(&self.request, value)?;
        if self.pattern.is_some() && self.invocation(&fields) != *value {
            return Err(format!(
                "expected nil for each field of the reply, not {value}"
            ));
        }
        Ok(fields)
    }

    /// Returns the fields of the reply, from the value of its completion.
    ///
    /// # Errors
    /// Returns an error if the value has another format.
    pub(super) fn reply_of<'v>(&self, value: &'v Value) -> Result<FieldRefs<'v>, String> {
        if self.reply.is_empty() {
            return Ok(FieldRefs::new());
        }
        self.fields_of(&self.reply, value)
    }

    fn fields_of<'v>(
        &self,
        names: &[&'static str],
        value: &'v Value,
    ) -> Result<FieldRefs<'v>, String> {
        let find = |name| match &self.pattern {
            Some(pattern) => pattern.read(name, value),
            None if names.len() == 1 => Some(value),
            None => value.get(name),
        };
        let is_whole = match (&self.pattern, names, value) {
            (None, [], value) => *value == Value::Nil,
            (None, [_, _, ..], Value::Map(entries)) => entries.len() == names.len(),
            (Some(pattern), _, value) => pattern.fits(value),
            _ => true,
        };
        let fields = names.iter().map(|name| Some((*name, find(name)?)));
        let fields: Option<FieldRefs<'_>> = fields.collect();
        fields
            .filter(|_| is_whole)
            .ok_or_else(|| format!("expected {}, not {value}", self.expected(names)))
    }

    fn expected(&self, names: &[&'static str]) -> String {
        match (&self.pattern, names) {
            (Some(pattern), _) => pattern.to_string(),
            (None, []) => "nil".to_owned(),
            (None, [name]) => (*name).to_owned(),
            (None, names) => format!("a map of {}", names.join(", ")),
        }
    }
}

/// Returns the only field, or a map of several fields.
fn joined(fields: &FieldRefs<'_>) -> Value {
    match fields.as_slice() {
        [] => Value::Nil,
        [(_, value)] => (*value).clone(),
        several => Value::map(
            several
                .iter()
                .map(|(name, value)| (*name, (*value).clone())),
        ),
    }
}

/// Parses `key` or `[key, value]`.
fn pattern(rest: &mut &'static str) -> Option<Pattern> {
    *rest = rest.trim_start();
    let Some(inner) = rest.strip_prefix('[') else {
        let is_name = |c: char| c.is_alphanumeric() || "_-".contains(c);
        let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        let (name, tail) = rest.split_at(end);
        *rest = tail;
        return (!name.is_empty()).then_some(Pattern::Field(name));
    };
    *rest = inner;
    let mut items = Vec::new();
    loop {
        items.push(pattern(rest)?);
        *rest = rest.trim_start();
        if let Some(tail) = rest.strip_prefix(']') {
            *rest = tail;
            return Some(Pattern::List(items));
        }
        *rest = rest.strip_prefix(',').unwrap_or(rest);
    }
}

impl Pattern {
    /// Returns the value. Each field is that of the first body that has it, and nil if none has it.
    fn write(&self, bodies: &[&FieldRefs<'_>]) -> Value {
        match self {
            Self::List(items) => Value::List(items.iter().map(|it| it.write(bodies)).collect()),
            Self::Field(name) => {
                let mut fields = bodies.iter().copied().flatten();
                let field = fields.find(|(other, _)| other == name);
                field.map_or(Value::Nil, |(_, value)| (*value).clone())
            }
        }
    }

    fn read<'v>(&self, name: &str, value: &'v Value) -> Option<&'v Value> {
        match (self, value) {
            (Self::Field(field), value) => (*field == name).then_some(value),
            (Self::List(items), Value::List(values)) => {
                let mut found = items.iter().zip(values);
                found.find_map(|(item, value)| item.read(name, value))
            }
            (Self::List(_), _) => None,
        }
    }

    /// Returns whether a value has this form. A field that an invocation does not have is nil.
    fn fits(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Field(_), _) | (Self::List(_), Value::Nil) => true,
            (Self::List(items), Value::List(values)) => {
                items.len() == values.len() && items.iter().zip(values).all(|(it, v)| it.fits(v))
            }
            (Self::List(_), _) => false,
        }
    }
}

impl std::fmt::Display for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Field(name) => f.write_str(name),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", items.join(" "))
            }
        }
    }
}

/// Returns a body with these fields, as JSON.
///
/// # Errors
/// Returns an error if a value can't be represented in JSON.
pub(super) fn json(fields: &FieldRefs<'_>) -> Result<Box<RawValue>, String> {
    struct Object<'a>(&'a FieldRefs<'a>);
    impl Serialize for Object<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map(self.0.iter().copied())
        }
    }
    serde_json::value::to_raw_value(&Object(fields)).map_err(|error| error.to_string())
}

/// Borrows the values of fields.
pub(super) fn refs(fields: &Fields) -> FieldRefs<'_> {
    fields.iter().map(|(name, value)| (*name, value)).collect()
}

/// Returns the fields of a body, as histories record them. A missing field is nil.
///
/// # Errors
/// When a field can't be recorded, such as an integer with too many digits.
pub(super) fn fields_of(names: &[&'static str], body: Body<'_>) -> Result<Fields, String> {
    let kept = |name: &&'static str| {
        let field = body.kept_field::<Option<Kept>>(name)?;
        Some((*name, field.map_or(Value::Nil, |Kept(value)| value)))
    };
    if let Some(fields) = names.iter().map(kept).collect() {
        return Ok(fields);
    }
    let read: std::collections::BTreeMap<String, &RawValue> =
        serde_json::from_str(body.get()).map_err(|error| error.to_string())?;
    let field = |name: &&'static str| match read.get(*name) {
        Some(json) => Ok((*name, Value::from_json(json)?)),
        None => Ok((*name, Value::Nil)),
    };
    names.iter().map(field).collect()
}
