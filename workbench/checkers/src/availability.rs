//! The share of operations that succeeded. Source: Maelstrom's availability checker.

use mael_history::{History, Kind, Validity, Value};

use crate::Verdict;

/// Returns the share of operations that succeeded, as a 32-bit float like Maelstrom's; 1 if there
/// are none.
pub fn ok_fraction(history: &History) -> f32 {
    let invoked = history.invocations().count();
    let ok = history
        .completions()
        .filter(|completion| completion.kind == Kind::Ok)
        .count();
    if invoked == 0 {
        1.0
    } else {
        ok as f32 / invoked as f32
    }
}

/// Checks that at least the `expected` share succeeded, if there is one.
pub fn check(history: &History, expected: Option<f64>) -> Verdict {
    let fraction = ok_fraction(history);
    let enough = expected.is_none_or(|expected| f64::from(fraction) >= expected);
    let valid = Validity::from(enough);
    let explanation = expected.filter(|_| !enough).map(|expected| {
        format!(
            "only {:.3} % of the operations succeeded, expected {:.3} %",
            100.0 * fraction,
            100.0 * expected
        )
    });
    Verdict {
        valid,
        results: Value::map([("valid?", valid.into()), ("ok-fraction", fraction.into())]),
        explanation: explanation.into_iter().collect(),
    }
}
