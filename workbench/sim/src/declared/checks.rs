//! Runs the checks of a declared workload.

use mael_checkers::Verdict;
use mael_history::{History, Value};

use super::operations::Operations;
use super::typed::Typed;

/// A method marked with `#[check]`.
type Check<W> = fn(&W, &Typed<W>) -> Verdict;

/// Runs all checks on a history. The expansion of `#[operations]` calls it. If there are several
/// checks, the results of each are under its name, and the worst verdict decides.
pub fn judge<W: Operations>(
    workload: &W,
    history: &History,
    checks: &[(&'static str, Check<W>)],
) -> Verdict {
    let typed = match Typed::new(workload, history) {
        Ok(typed) => typed,
        Err(reason) => return Verdict::unknown(reason),
    };
    if let [(_, check)] = checks {
        return check(workload, &typed);
    }
    let verdicts: Vec<(&'static str, Verdict)> = checks
        .iter()
        .map(|(name, check)| (*name, check(workload, &typed)))
        .collect();
    let valid = verdicts
        .iter()
        .map(|(_, it)| it.valid)
        .max()
        .unwrap_or_default();
    let names = verdicts.iter().flat_map(|(name, it)| it.anomalies(name));
    let names: Vec<Value> = names.map(Value::keyword).collect();
    let mut results = vec![("valid?", Value::from(valid))];
    if !names.is_empty() {
        results.push(("anomaly-types", Value::List(names)));
    }
    let mut explanation = Vec::new();
    for (name, verdict) in verdicts {
        results.push((name, verdict.results));
        explanation.extend(verdict.explanation);
    }
    Verdict {
        valid,
        results: Value::map(results),
        explanation,
    }
}
