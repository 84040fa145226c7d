//! Parses requests to services.

use std::collections::BTreeMap;

use mael::protocol::RawValue;
use mael_history::Value;

use super::Operation;

/// A request to a service.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// `read`, `write` or `cas`: an operation on a key.
    Key {
        /// The key, which may be any value.
        key: Value,
        /// The operation.
        operation: Operation,
    },
    /// `ts`: a new timestamp.
    Timestamp,
}

/// The fields of a body as JSON text. If a field is repeated, the last one is used.
pub(crate) struct Fields<'a>(BTreeMap<String, &'a RawValue>);

impl<'a> Fields<'a> {
    /// Parses the names of all fields.
    pub(crate) fn read(body: &'a str) -> Result<Self, String> {
        let fields = serde_json::from_str(body);
        fields.map(Self).map_err(|error| error.to_string())
    }

    /// Returns the id that a reply repeats, which may be of any type.
    pub(crate) fn msg_id(&self) -> Option<&'a RawValue> {
        self.0.get("msg_id").copied()
    }

    /// Returns the value of a field, or null if it is missing.
    fn value(&self, name: &str) -> Result<Value, String> {
        let json = self.0.get(name).copied();
        json.map_or(Ok(Value::Nil), Value::from_json)
            .map_err(|reason| format!("`{name}`: {reason}"))
    }
}

impl Request {
    /// Parses a request. Unknown fields are ignored. Returns `None` if the type is unknown.
    ///
    /// # Errors
    /// Returns an error if the value of a field can't be stored exactly, such as an integer with
    /// more than 100,000 digits.
    pub(crate) fn read(fields: &Fields<'_>) -> Result<Option<Self>, String> {
        let Value::Str(kind) = fields.value("type")? else {
            return Ok(None);
        };
        let operation = match &*kind {
            "read" => Operation::Read,
            "write" => Operation::Write(fields.value("value")?),
            "cas" => Operation::Cas {
                from: fields.value("from")?,
                to: fields.value("to")?,
                create_if_not_exists: !matches!(
                    fields.value("create_if_not_exists")?,
                    Value::Nil | Value::Bool(false)
                ),
            },
            "ts" => return Ok(Some(Self::Timestamp)),
            _ => return Ok(None),
        };
        let key = fields.value("key")?;
        Ok(Some(Self::Key { key, operation }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<Option<Request>, String> {
        Request::read(&Fields::read(body)?)
    }

    #[test]
    fn missing_fields_are_null_and_unknown_fields_are_ignored() {
        let cas = |create_if_not_exists| Request::Key {
            key: Value::Nil,
            operation: Operation::Cas {
                from: Value::Nil,
                to: Value::from(1),
                create_if_not_exists,
            },
        };
        assert_eq!(
            read(r#"{"type":"cas","to":1,"ttl":5}"#),
            Ok(Some(cas(false)))
        );
        for (flag, creates) in [
            ("0", true),
            ("\"no\"", true),
            ("false", false),
            ("null", false),
        ] {
            let body = format!(r#"{{"type":"cas","to":1,"create_if_not_exists":{flag}}}"#);
            assert_eq!(read(&body), Ok(Some(cas(creates))), "{flag}");
        }
    }

    #[test]
    fn unknown_types_are_not_requests() {
        for body in [r#"{"type":"delete"}"#, r#"{"type":7}"#, "{}"] {
            assert_eq!(read(body), Ok(None));
        }
    }

    #[test]
    fn an_integer_with_too_many_digits_is_rejected() {
        let zeros = "0".repeat(100_000);
        let body = format!(r#"{{"type":"write","key":1,"value":1{zeros}}}"#);
        assert_eq!(
            read(&body).unwrap_err(),
            format!(
                "`value`: the integer 1{:0>59}… has 100001 digits; at most 100000 can be read",
                0
            )
        );
    }
}
