//! Errors that depend on the state, and so are results.

use mael::ErrorCode;
use mael_history::{History, Kind, Operation, Value};

use crate::declared::typed::error_of;

/// The errors that depend on the state: the specification must return the same error.
const OF_STATE: [ErrorCode; 3] = [
    ErrorCode::KeyDoesNotExist,
    ErrorCode::KeyAlreadyExists,
    ErrorCode::PreconditionFailed,
];

/// The key of an error in the value of a completion. It is a keyword, and replies of nodes, which
/// are JSON, contain no keywords.
const ERROR: &str = "error";

/// Returns whether an operation failed with an error that depends on the state.
pub(super) fn is_observation(operation: &Operation) -> bool {
    operation.kind == Kind::Fail && OF_STATE.contains(&error_of(operation).code)
}

/// Returns a history in which each operation that failed with an error of the state has succeeded,
/// with the error as its result.
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

/// Returns the error in a value that [`observe`] has replaced.
pub(super) fn error_in(value: &Value) -> Option<ErrorCode> {
    let Value::Map(entries) = value else {
        return None;
    };
    let name = entries.get(&Value::keyword(ERROR))?.name()?;
    OF_STATE.into_iter().find(|code| code.name() == name)
}
