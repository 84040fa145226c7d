//! Errors that depend on the state, and so are results.

use std::borrow::Cow;

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
/// with the error as its result, if it `counts`.
pub(super) fn observe(history: &History, counts: impl Fn(&Operation) -> bool) -> Cow<'_, History> {
    let is_result = |operation: &Operation| is_observation(operation) && counts(operation);
    if !history.0.iter().any(is_result) {
        return Cow::Borrowed(history);
    }
    let mut observed = history.clone();
    for operation in observed.0.iter_mut().filter(|it| is_result(it)) {
        let name = Value::keyword(error_of(operation).code.name());
        operation.kind = Kind::Ok;
        operation.value = Value::map([(ERROR, name)]);
    }
    Cow::Owned(observed)
}

/// Returns the error in a value that [`observe`] has replaced.
pub(super) fn error_in(value: &Value) -> Option<ErrorCode> {
    let Value::Map(entries) = value else {
        return None;
    };
    let name = entries.get(&Value::keyword(ERROR))?.name()?;
    OF_STATE.into_iter().find(|code| code.name() == name)
}
