//! What the keys hold: lists to which elements are appended, or single values.

use mael_history::Value;

/// What a key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Datatype {
    /// A list, to which elements are appended.
    List,
    /// A value, which is overwritten.
    Register,
}

impl Datatype {
    /// The name of the micro-operation that writes.
    pub(crate) fn write(self) -> &'static str {
        match self {
            Self::List => "append",
            Self::Register => "w",
        }
    }

    /// What stands in the micro-operation that reads.
    pub(crate) fn what_is_read(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Register => "value",
        }
    }

    /// Whether a read can return this.
    pub(crate) fn is_state(self, value: &Value) -> bool {
        self == Self::Register || matches!(value, Value::Nil | Value::List(_))
    }

    /// What was written that a read shows, the newest last. Nothing if it shows the initial state.
    pub(crate) fn shown(self, read: &Value) -> &[Value] {
        match (self, read) {
            (_, Value::Nil) => &[],
            (Self::List, Value::List(elements)) => elements,
            _ => std::slice::from_ref(read),
        }
    }
}
