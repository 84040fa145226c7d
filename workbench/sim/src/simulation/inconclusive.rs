//! Runs in which nothing is wrong but that too little succeeded to judge them.

use std::collections::BTreeMap;

use mael_history::{History, Kind, Operation, Value};

use super::Simulated;
use super::simulated::NOTHING_JUDGED;

/// What is wrong with a run in which too little succeeded to judge it.
const TOO_LITTLE: [&str; 4] = [
    NOTHING_SUCCEEDED,
    "empty-transaction-graph",
    "unknown",
    NOTHING_JUDGED,
];

/// What is wrong with a run in which no operation of some kind succeeded.
const NOTHING_SUCCEEDED: &str = "nothing-succeeded";

/// Errors that a right node never gives to what the workload asks, so that they are no excuse.
const NO_EXCUSE: [&str; 4] = [
    "not-supported",
    "malformed-request",
    "node-not-found",
    "malformed-rpc-response",
];

/// Why a run can't be judged, a reason for each checker or kind of operation; None if it passed, or
/// something is wrong with it.
pub(crate) fn reasons(run: &Simulated) -> Option<Vec<String>> {
    let anomalies = run.anomalies();
    let too_little = |name: &String| TOO_LITTLE.contains(&name.as_str());
    if run.passed() || !anomalies.iter().all(too_little) {
        return None;
    }
    let mut reasons = Vec::new();
    for (f, errors) in without_success(&run.record.history) {
        if errors
            .keys()
            .any(|error| NO_EXCUSE.contains(&error.as_str()))
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

/// Whether so many of these runs are inconclusive that nothing can be said of the nodes: more than half.
pub(crate) fn are_too_many(inconclusive: u64, runs: u64) -> bool {
    inconclusive > runs / 2
}

/// The kinds of operations none of which succeeded, and how often each error was the reason.
fn without_success(history: &History) -> BTreeMap<&str, BTreeMap<String, u64>> {
    let mut kinds = BTreeMap::<&str, BTreeMap<String, u64>>::new();
    for operation in history.completions() {
        let errors = kinds.entry(&operation.f).or_default();
        *errors.entry(reason(operation)).or_default() += 1;
    }
    kinds.retain(|_, errors| !errors.contains_key(Kind::Ok.name()));
    kinds
}

/// The name of what an operation ended with: of its error, or else how it ended.
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
