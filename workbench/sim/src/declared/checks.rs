//! Runs the checks of a declared workload.

use std::cell::LazyCell;

use mael_checkers::Verdict;
use mael_history::{History, Validity, Value};

use super::operations::Operations;
use super::typed::Typed;
use crate::Options;

/// A method marked with `#[check]`.
#[derive(Clone, Copy)]
pub enum Check<W: Operations> {
    /// Gets the history as calls with typed requests and replies.
    Typed(fn(&W, &Typed<W>) -> Verdict),
    /// Gets the options and the history as it was recorded.
    Recorded(fn(&W, &Options, &History) -> Verdict),
}

/// Runs all checks on a history. The expansion of `#[operations]` calls it. If there are several
/// checks, the results of each are under its name, and the worst verdict decides.
pub fn judge<W: Operations>(
    workload: &W,
    options: &Options,
    history: &History,
    checks: &[(&'static str, Check<W>)],
) -> Verdict {
    let typed = LazyCell::new(|| Typed::new(workload, history));
    let run = |check: &Check<W>| match check {
        Check::Typed(check) => match &*typed {
            Ok(typed) => check(workload, typed),
            Err(reason) => Verdict::unknown(reason),
        },
        Check::Recorded(check) => check(workload, options, history),
    };
    if let [(_, check)] = checks {
        return run(check);
    }
    let verdicts: Vec<(&'static str, Verdict)> = checks
        .iter()
        .map(|(name, check)| (*name, run(check)))
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
        let anomalies = verdict.anomalies(name);
        explanation.extend(verdict.explanation.into_iter().map(|text| {
            let begin = text.split_once(": ").map(|(begin, _)| begin);
            match begin {
                Some(begin) if anomalies.contains(begin) => text,
                _ if verdict.valid == Validity::False => format!("{name}: {text}"),
                _ => text,
            }
        }));
        results.push((name, verdict.results));
    }
    Verdict {
        valid,
        results: Value::map(results),
        explanation,
    }
}
