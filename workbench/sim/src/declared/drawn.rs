//! An operation whose arguments have been drawn.

use mael_history::Value;
use serde::Serialize;
use serde_json::value::to_raw_value;

/// The request of an operation, with the values of its fields.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    pub(super) name: &'static str,
    pub(super) fields: Vec<(&'static str, Value)>,
}

impl Drawn {
    /// Returns a request of this type without fields.
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            fields: Vec::new(),
        }
    }

    /// Adds a field.
    ///
    /// # Panics
    /// Panics if the value does not serialize to JSON.
    #[must_use]
    pub fn field<T: Serialize>(mut self, field: &'static str, value: T) -> Self {
        let json = to_raw_value(&value).map_err(|error| error.to_string());
        let value = json.and_then(|json| Value::from_json(&json));
        let value = value
            .unwrap_or_else(|error| panic!("the value drawn for `{field}` is not JSON: {error}"));
        self.fields.push((field, value));
        self
    }
}
