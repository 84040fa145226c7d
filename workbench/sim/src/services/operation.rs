//! The operations of the key-value services on one key.

use mael::{Error, ErrorCode};
use mael_history::Value;

use super::Reply;

/// An operation on the value of a key.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// Reads the value.
    Read,
    /// Stores a value.
    Write(Value),
    /// Compares the value with an expected one, and stores another if they are equal.
    Cas {
        /// The expected value.
        from: Value,
        /// The value to store.
        to: Value,
        /// Whether a missing key is set to `to`.
        create_if_not_exists: bool,
    },
}

impl Operation {
    /// Applies the operation to a key whose value is `current`, if it has one. Returns the reply,
    /// and the value to store, if any. Source: page "Services", section 2.
    pub(crate) fn apply(&self, current: Option<&Value>) -> (Reply, Option<Value>) {
        match (self, current) {
            (Self::Read, Some(value)) => (Reply::Read(value.clone()), None),
            (Self::Write(value), _) => (Reply::Write, Some(value.clone())),
            (Self::Cas { from, to, .. }, Some(value)) if value == from => {
                (Reply::Cas, Some(to.clone()))
            }
            (Self::Cas { from, .. }, Some(value)) => {
                let text = format!("expected the value {from}, but it is {value}");
                let error = Error::new(ErrorCode::PreconditionFailed, text);
                (Reply::Error(error), None)
            }
            (
                Self::Cas {
                    to,
                    create_if_not_exists: true,
                    ..
                },
                None,
            ) => (Reply::Cas, Some(to.clone())),
            (Self::Read | Self::Cas { .. }, None) => {
                let error = Error::new(ErrorCode::KeyDoesNotExist, "key does not exist");
                (Reply::Error(error), None)
            }
        }
    }
}
