//! What the key-value services do to the value of one key.

use mael::{Error, ErrorCode};
use mael_history::Value;

use super::Reply;

/// Something to be done to the value of a key.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// Tells the value.
    Read,
    /// Stores a value.
    Write(Value),
    /// Stores a value in place of a certain other.
    Cas {
        /// The value that must be there.
        from: Value,
        /// The value to store.
        to: Value,
        /// Whether a key that is missing is set to `to`.
        create_if_not_exists: bool,
    },
}

impl Operation {
    /// Applies this to a key whose value is `current`, if it has one. Gives the reply, and the
    /// value to be stored if one is. Source: page "Services", section 2.
    pub(super) fn apply(&self, current: Option<&Value>) -> (Reply, Option<Value>) {
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
