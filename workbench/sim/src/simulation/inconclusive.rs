//! Classifies runs in which too few operations succeeded to check them.

use std::collections::{BTreeMap, BTreeSet};

use mael_history::{History, Kind, Operation, Value};

/// The anomalies of a run in which too few operations succeeded to check it.
const TOO_FEW: [&str; 4] = [
    NOTHING_SUCCEEDED,
    "empty-transaction-graph",
    "unknown",
    NOTHING_JUDGED,
];

/// The anomaly of a run in which no operation was checked, if there is no other anomaly.
pub(super) const NOTHING_JUDGED: &str = "nothing-judged";

/// The anomaly of a run in which no operation of some kind succeeded.
const NOTHING_SUCCEEDED: &str = "nothing-succeeded";

/// Errors that a correct node never returns for the requests of a workload. A run with such an
/// error is not inconclusive, but fails.
const ALWAYS_WRONG: [&str; 4] = [
    "not-supported",
    "malformed-request",
    "node-not-found",
    "malformed-rpc-response",
];

/// Returns why a failing run with these anomalies is inconclusive, with a reason for each checker
/// or kind of operation. Returns `None` if it has other anomalies.
pub(crate) fn reasons(anomalies: BTreeSet<String>, history: &History) -> Option<Vec<String>> {
    let too_few = |name: &String| TOO_FEW.contains(&name.as_str());
    if !anomalies.iter().all(too_few) {
        return None;
    }
    let mut reasons = Vec::new();
    for (f, errors) in without_success(history) {
        if errors
            .keys()
            .any(|error| ALWAYS_WRONG.contains(&error.as_str()))
        {
            return None;
        }
        let errors = errors.iter();
        let errors: Vec<String> = errors
            .map(|(error, count)| format!("{count} {error}"))
            .collect();
        reasons.push(format!("no `{f}` succeeded ({})", errors.join(", ")));
    }
    let others = anomalies
        .into_iter()
        .filter(|name| name != NOTHING_SUCCEEDED);
    reasons.extend(others);
    Some(reasons)
}

/// Whether a sweep is inconclusive, because more than half of its runs are.
pub(crate) fn are_too_many(inconclusive: u64, runs: u64) -> bool {
    inconclusive > runs / 2
}

/// Returns the kinds of operations that never succeeded, with the number of each error.
fn without_success(history: &History) -> BTreeMap<&str, BTreeMap<String, u64>> {
    let mut kinds = BTreeMap::<&str, BTreeMap<String, u64>>::new();
    for operation in history.completions() {
        let errors = kinds.entry(&operation.f).or_default();
        *errors.entry(reason(operation)).or_default() += 1;
    }
    kinds.retain(|_, errors| !errors.contains_key(Kind::Ok.name()));
    kinds
}

/// Returns the name of the error of an operation, or of its kind of completion if it has no error.
fn reason(operation: &Operation) -> String {
    if operation.kind == Kind::Ok {
        return Kind::Ok.name().to_owned();
    }
    let exception = operation.exception.as_ref();
    let of_exception = exception.and_then(|it| it.get("name").or_else(|| it.get("type")));
    let of_error = operation.error.as_ref().and_then(|error| match error {
        Value::List(parts) => parts.first(),
        error => Some(error),
    });
    let name = of_exception.or(of_error).and_then(Value::name);
    name.unwrap_or(operation.kind.name()).to_owned()
}
