//! The datatype of keys: lists to which elements are appended, or registers.

use mael_history::Value;

/// The datatype of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Datatype {
    /// A list, to which elements are appended.
    List,
    /// A single value, which is overwritten.
    Register,
}

impl Datatype {
    /// Returns the name of the micro-operation that writes.
    pub(crate) fn write(self) -> &'static str {
        match self {
            Self::List => "append",
            Self::Register => "w",
        }
    }

    /// Returns what a read returns, for error messages.
    pub(crate) fn what_is_read(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Register => "value",
        }
    }

    /// Returns whether a read can return this.
    pub(crate) fn is_state(self, value: &Value) -> bool {
        self == Self::Register || matches!(value, Value::Nil | Value::List(_))
    }

    /// Returns the written values that a read contains, the newest last; none for the initial
    /// state.
    pub(crate) fn shown(self, read: &Value) -> &[Value] {
        match (self, read) {
            (_, Value::Nil) => &[],
            (Self::List, Value::List(elements)) => elements,
            _ => std::slice::from_ref(read),
        }
    }
}
