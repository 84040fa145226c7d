//! Errors that are results: those that speak of the state.

use mael::ErrorCode;
use mael_history::{History, Kind, Operation, Value};

use crate::declared::typed::error_of;

/// The errors that a specification must give as well, in the same state.
const OF_STATE: [ErrorCode; 3] = [
    ErrorCode::KeyDoesNotExist,
    ErrorCode::KeyAlreadyExists,
    ErrorCode::PreconditionFailed,
];

/// The key of an error in the value of a completion. It is a keyword, so that no reply of a node,
/// which is JSON, has it.
const ERROR: &str = "error";

/// Whether an operation failed with an error that speaks of the state.
pub(super) fn is_observation(operation: &Operation) -> bool {
    operation.kind == Kind::Fail && OF_STATE.contains(&error_of(operation).code)
}

/// The same history, in which operations that failed with an error of the state have succeeded, and
/// their result is the error.
pub(super) fn observe(history: &History) -> History {
    let observe = |operation: &Operation| {
        if !is_observation(operation) {
            return operation.clone();
        }
        let name = Value::keyword(error_of(operation).code.name());
        Operation {
            kind: Kind::Ok,
            value: Value::map([(ERROR, name)]),
            ..operation.clone()
        }
    };
    History(history.0.iter().map(observe).collect())
}

/// The error that a value stands for, if [`observe`] has put it there.
pub(super) fn error_in(value: &Value) -> Option<ErrorCode> {
    let Value::Map(entries) = value else {
        return None;
    };
    let name = entries.get(&Value::keyword(ERROR))?.name()?;
    OF_STATE.into_iter().find(|code| code.name() == name)
}
