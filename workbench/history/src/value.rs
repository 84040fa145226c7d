//! The values of histories and results, with conversions from and to EDN and JSON.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;

use crate::Integer;
use crate::text::shorten;

/// The maximum nesting depth of values, which protects the stack.
pub(crate) const DEEPEST: usize = 128;

/// The maximum number of characters of a value in an error.
pub const SHOWN: usize = 60;

/// A value of a history or a result.
///
/// [`Display`](std::fmt::Display) prints EDN. In JSON, keywords, symbols and keys become strings,
/// and sets become arrays. Equality is structural: an integer never equals a float, and the order
/// of keys is ignored.
///
/// ```
/// use mael_history::Value;
///
/// let value = Value::map([("valid?", Value::Bool(true)), ("range", Value::from(vec![1, 2]))]);
/// assert_eq!(value.to_string(), "{:range [1 2], :valid? true}");
/// assert_eq!(serde_json::to_string(&value).unwrap(), r#"{"range":[1,2],"valid?":true}"#);
/// ```
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// `nil` in EDN, `null` in JSON.
    #[default]
    Nil,
    /// A boolean.
    Bool(bool),
    /// An integer of any size.
    Int(Integer),
    /// A floating-point number.
    Float(f64),
    /// A keyword, such as `:ok`; a string in JSON.
    Keyword(Cow<'static, str>),
    /// A symbol, such as the name of a Java class; a string in JSON.
    Symbol(Cow<'static, str>),
    /// A string.
    Str(String),
    /// A list or vector.
    List(Vec<Value>),
    /// A map.
    Map(BTreeMap<Value, Value>),
    /// A set; an array in JSON.
    Set(BTreeSet<Value>),
}

impl Value {
    /// Returns a keyword.
    pub fn keyword(name: impl Into<Cow<'static, str>>) -> Self {
        Self::Keyword(name.into())
    }

    /// Returns a symbol.
    pub fn symbol(name: impl Into<Cow<'static, str>>) -> Self {
        Self::Symbol(name.into())
    }

    /// Returns a map whose keys are keywords.
    pub fn map<K: Into<Cow<'static, str>>>(entries: impl IntoIterator<Item = (K, Value)>) -> Self {
        Self::Map(
            entries
                .into_iter()
                .map(|(key, value)| (Self::keyword(key), value))
                .collect(),
        )
    }

    /// Reads any JSON value. Integers are exact.
    ///
    /// # Errors
    /// Returns an error if a string is not valid Unicode, an integer has more than
    /// [`Integer::MAX_DIGITS`] digits, or lists and objects are nested more than 128 levels deep.
    pub fn from_json(json: &RawValue) -> Result<Self, String> {
        Self::from_nested_json(json, 0)
    }

    fn from_nested_json(json: &RawValue, depth: usize) -> Result<Self, String> {
        if depth > DEEPEST {
            return Err(format!(
                "the value is nested more than {DEEPEST} levels deep"
            ));
        }
        let nested = |json| Self::from_nested_json(json, depth + 1);
        let text = json.get();
        let read = |error: serde_json::Error| error.to_string();
        Ok(match text.as_bytes()[0] {
            b'n' => Self::Nil,
            b't' => Self::Bool(true),
            b'f' => Self::Bool(false),
            b'"' => Self::Str(serde_json::from_str(text).map_err(read)?),
            b'[' => {
                if let Some(naturals) = naturals(text) {
                    return Ok(Self::List(naturals));
                }
                let items: Vec<&RawValue> = serde_json::from_str(text).map_err(read)?;
                let items: Result<_, _> = items.into_iter().map(nested).collect();
                Self::List(items?)
            }
            b'{' => {
                let entries: BTreeMap<String, &RawValue> =
                    serde_json::from_str(text).map_err(read)?;
                let entry = |(key, value)| Ok((Self::Str(key), nested(value)?));
                let entries: Result<_, String> = entries.into_iter().map(entry).collect();
                Self::Map(entries?)
            }
            _ if text.contains(['.', 'e', 'E']) => {
                Self::Float(serde_json::from_str(text).map_err(read)?)
            }
            _ => Self::Int(
                text.parse()
                    .map_err(|error| format!("the integer {} {error}", shorten(text, SHOWN)))?,
            ),
        })
    }

    /// Returns the value of a map under a keyword, or else under a string, since JSON has no
    /// keywords; `None` if there is neither or the value is not a map.
    pub fn get(&self, key: &'static str) -> Option<&Value> {
        match self {
            Self::Map(entries) => entries
                .get(&Self::keyword(key))
                .or_else(|| entries.get(&Self::from(key))),
            _ => None,
        }
    }

    /// Adds an entry under a keyword to a map. Other values are returned unchanged.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl Into<Value>) -> Self {
        if let Self::Map(entries) = &mut self {
            entries.insert(Self::keyword(key), value.into());
        }
        self
    }

    /// Returns the items of a list or set; none for other values.
    pub fn items(&self) -> impl Iterator<Item = &Value> {
        let (list, set) = match self {
            Self::List(items) => (Some(items), None),
            Self::Set(items) => (None, Some(items)),
            _ => (None, None),
        };
        list.into_iter().flatten().chain(set.into_iter().flatten())
    }

    /// Returns the text of a keyword, symbol or string.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Keyword(name) | Self::Symbol(name) => Some(name),
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the value as a key of a JSON object: its name, or else its text in EDN.
    pub fn to_json_key(&self) -> Cow<'_, str> {
        match self.name() {
            Some(name) => name.into(),
            None => self.to_string().into(),
        }
    }

    /// Variants sort in the order of their declaration.
    fn rank(&self) -> u8 {
        match self {
            Self::Nil => 0,
            Self::Bool(_) => 1,
            Self::Int(_) => 2,
            Self::Float(_) => 3,
            Self::Keyword(_) => 4,
            Self::Symbol(_) => 5,
            Self::Str(_) => 6,
            Self::List(_) => 7,
            Self::Map(_) => 8,
            Self::Set(_) => 9,
        }
    }
}

impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Int(a), Self::Int(b)) => a.cmp(b),
            (Self::Float(a), Self::Float(b)) => a.total_cmp(b),
            (Self::Keyword(a), Self::Keyword(b)) | (Self::Symbol(a), Self::Symbol(b)) => a.cmp(b),
            (Self::Str(a), Self::Str(b)) => a.cmp(b),
            (Self::List(a), Self::List(b)) => a.cmp(b),
            (Self::Map(a), Self::Map(b)) => a.cmp(b),
            (Self::Set(a), Self::Set(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Value {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a == b,
            _ => self.cmp(other) == Ordering::Equal,
        }
    }
}

impl Eq for Value {}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.rank().hash(state);
        match self {
            Self::Nil => {}
            Self::Bool(value) => value.hash(state),
            Self::Int(value) => value.hash(state),
            Self::Float(value) => value.to_bits().hash(state),
            Self::Keyword(name) | Self::Symbol(name) => name.hash(state),
            Self::Str(text) => text.hash(state),
            Self::List(items) => items.hash(state),
            Self::Map(entries) => entries.hash(state),
            Self::Set(items) => items.hash(state),
        }
    }
}

macro_rules! from_integer {
    ($($integer:ty),*) => {
        $(impl From<$integer> for Value {
            fn from(value: $integer) -> Self {
                Self::Int(value.into())
            }
        })*
    };
}

from_integer!(i32, i64, i128, u32, u64, u128, usize, Integer);

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

/// Converts to the `f64` with the same shortest decimal form, so that 2.01 stays 2.01.
impl From<f32> for Value {
    fn from(value: f32) -> Self {
        Self::Float(value.to_string().parse().unwrap_or(value.into()))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Str(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Str(value)
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(items: Vec<T>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }
}

impl From<BTreeSet<Value>> for Value {
    fn from(items: BTreeSet<Value>) -> Self {
        Self::Set(items)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Nil, Into::into)
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Nil => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(value) => value.serialize(serializer),
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::Keyword(name) | Self::Symbol(name) => serializer.serialize_str(name),
            Self::Str(text) => serializer.serialize_str(text),
            Self::List(items) => serializer.collect_seq(items),
            Self::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    map.serialize_entry(&key.to_json_key(), value)?;
                }
                map.end()
            }
            Self::Set(items) => serializer.collect_seq(items),
        }
    }
}

/// Reads any JSON value, from JSON only.
impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_json(<&RawValue>::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// Reads a list of natural numbers without spaces, the most common kind of list, in a fraction of
/// the time. Returns `None` for any other list, and for numbers of more than 63 bits.
fn naturals(list: &str) -> Option<Vec<Value>> {
    if !list.as_bytes().get(1)?.is_ascii_digit() {
        return None;
    }
    let commas = list.bytes().filter(|byte| *byte == b',').count();
    let mut naturals = Vec::with_capacity(commas + 1);
    let mut natural = None::<i64>;
    for byte in list.bytes().skip(1) {
        match byte {
            b'0'..=b'9' => {
                let tens = natural.unwrap_or(0).checked_mul(10)?;
                natural = Some(tens.checked_add(i64::from(byte - b'0'))?);
            }
            b',' | b']' => naturals.push(natural.take()?.into()),
            _ => return None,
        }
    }
    Some(naturals)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Value {
        Value::from_json(serde_json::from_str(json).unwrap()).unwrap()
    }

    #[test]
    fn json_round_trips_exactly() {
        for json in [
            "null",
            "[true,false]",
            "340282366920938463463374607431768211",
            "-1",
            "1.5",
            r#""a\"\n\u0001é""#,
            r#"{"a":[{"b":null}],"c":"x"}"#,
        ] {
            assert_eq!(serde_json::to_string(&read(json)).unwrap(), json);
        }
    }

    #[test]
    fn short_floats_stay_short() {
        assert_eq!(Value::from(2.010_471_f32).to_string(), "2.010471");
        assert_eq!(Value::from(1.0_f32).to_string(), "1.0");
        assert_eq!(Value::from(f32::NAN).to_string(), "##NaN");
    }

    #[test]
    fn equality_is_structural() {
        let names = [Value::keyword("a"), Value::symbol("a"), Value::from("a")];
        assert!(names.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(names.iter().all(|name| name.name() == Some("a")));
        assert_eq!(read(r#"{"a":1,"b":2}"#), read(r#"{"b":2,"a":1}"#));
        assert_ne!(read("1"), read("1.0"));
        assert_ne!(read("1"), read(r#""1""#));
    }

    #[test]
    fn a_set_has_no_order_and_is_an_array_in_json() {
        let set = |items: [i32; 3]| Value::from(BTreeSet::from(items.map(Value::from)));
        assert_eq!(set([2, 1, 2]), set([1, 1, 2]));
        assert_eq!(set([2, 1, 2]).to_string(), "#{1 2}");
        assert_eq!(serde_json::to_string(&set([2, 1, 2])).unwrap(), "[1,2]");
        assert_ne!(set([2, 1, 2]), Value::from(vec![1, 2]));
        assert!(set([2, 1, 2]).items().eq(Value::from(vec![1, 2]).items()));
        assert_eq!(Value::from("a").items().count(), 0);
    }

    #[test]
    fn values_nested_too_deeply_are_rejected() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        let json: &RawValue = serde_json::from_str(&deep).unwrap();
        assert!(Value::from_json(json).unwrap_err().contains("nested"));
    }
}
