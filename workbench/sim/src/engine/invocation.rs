//! An operation before it is invoked.

use std::borrow::Cow;

use mael_history::Value;
use serde::{Deserialize, Serialize};

/// An operation to invoke.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "StoredInvocation", try_from = "StoredInvocation")]
pub struct Invocation {
    /// The function, such as `read`.
    pub f: Cow<'static, str>,
    /// The arguments.
    pub value: Value,
    /// Whether the operation belongs to the final phase.
    pub is_final: bool,
    /// Additional entries for the history, which the client may also use.
    pub extra: Vec<(Cow<'static, str>, Value)>,
}

impl Invocation {
    /// Creates an operation of the main phase.
    pub fn new(f: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        Self {
            f: f.into(),
            value: value.into(),
            is_final: false,
            extra: Vec::new(),
        }
    }

    /// Marks the operation as one of the final phase.
    #[must_use]
    pub fn last(self) -> Self {
        Self {
            is_final: true,
            ..self
        }
    }

    /// Returns a copy without each item of the argument list, if the list has more than one.
    #[must_use]
    pub fn with_one_less(&self) -> Vec<Self> {
        let Value::List(items) = &self.value else {
            return Vec::new();
        };
        let without = |position: usize| {
            let mut items = items.clone();
            items.remove(position);
            Self {
                value: Value::List(items),
                ..self.clone()
            }
        };
        let positions = 0..items.len();
        positions.filter(|_| items.len() > 1).map(without).collect()
    }

    /// Returns the additional entries of the operation in the history.
    pub(crate) fn extra_entries(&self) -> Vec<(Value, Value)> {
        let extra = self.extra.iter();
        extra
            .map(|(key, value)| (Value::Keyword(key.clone()), value.clone()))
            .collect()
    }

    /// Adds an additional entry.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl Into<Value>) -> Self {
        self.extra.push((key.into(), value.into()));
        self
    }
}

/// The serialized form of an invocation in a schedule. Values are in EDN, which distinguishes
/// keywords from strings.
#[derive(Serialize, Deserialize)]
struct StoredInvocation {
    f: Cow<'static, str>,
    value: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    extra: Vec<(Cow<'static, str>, String)>,
}

impl From<Invocation> for StoredInvocation {
    fn from(invocation: Invocation) -> Self {
        let extra = invocation.extra.into_iter();
        Self {
            f: invocation.f,
            value: invocation.value.to_string(),
            extra: extra.map(|(key, it)| (key, it.to_string())).collect(),
        }
    }
}

impl TryFrom<StoredInvocation> for Invocation {
    type Error = String;

    fn try_from(written: StoredInvocation) -> Result<Self, String> {
        let read = |text: &str| Value::from_edn(text).map_err(|error| error.to_string());
        let extra = written.extra.into_iter();
        Ok(Self {
            f: written.f,
            value: read(&written.value)?,
            is_final: false,
            extra: extra
                .map(|(key, text)| Ok((key, read(&text)?)))
                .collect::<Result<_, String>>()?,
        })
    }
}
