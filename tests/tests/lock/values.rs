//! What clients record, and what is made of it.

use mael_checkers::Verdict;
use mael_history::{Validity, Value};

pub(crate) fn natural(value: &Value) -> u64 {
    match value {
        Value::Int(number) => number.to().expect("it has 64 bits"),
        other => panic!("{other} is no number"),
    }
}

pub(crate) fn naturals(value: &Value) -> Vec<u64> {
    match value {
        Value::List(numbers) => numbers.iter().map(natural).collect(),
        other => panic!("{other} is no list"),
    }
}

/// The verdict of a workload whose test looks at the history itself.
pub(crate) fn seen_as_valid() -> Verdict {
    Verdict {
        valid: Validity::True,
        results: Value::map([("valid?", Value::Bool(true))]),
        explanation: Vec::new(),
    }
}
