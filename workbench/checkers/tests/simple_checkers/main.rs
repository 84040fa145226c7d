//! Compares the checkers of sets, counters and unique ids with naive implementations of their
//! definitions, on small random histories.

mod counter;
mod histories;
mod set_full;
mod unique_ids;

use std::collections::BTreeMap;

use fastrand::Rng;
use mael_checkers::Verdict;
use mael_history::{History, Validity, Value};

/// Generates `count` histories, and compares the results of a checker with the expected ones.
/// Returns the number of histories with each verdict.
fn compare(
    count: u64,
    make: impl Fn(&mut Rng) -> History,
    judge: impl Fn(&History) -> Verdict,
    expect: impl Fn(&History) -> Value,
) -> BTreeMap<Validity, u64> {
    let mut occurred = BTreeMap::new();
    for seed in 0..count {
        let history = make(&mut Rng::with_seed(seed));
        let verdict = judge(&history);
        let expected = expect(&history);
        let text = || histories::text(&history);
        assert_eq!(
            without_stricter(&verdict.results),
            expected,
            "seed {seed}:\n{}",
            text()
        );
        let valid = verdict.results.get("valid?");
        assert_eq!(
            valid,
            Some(&verdict.valid.into()),
            "seed {seed}:\n{}",
            text()
        );
        let mut explanation = verdict.explanation.iter();
        let explained = explanation.any(|text| !text.starts_with("stricter, "));
        let right = verdict.valid == Validity::True;
        assert_ne!(right, explained, "seed {seed}:\n{}", text());
        *occurred.entry(verdict.valid).or_default() += 1;
    }
    occurred
}

/// Returns a result map without the findings of stricter checks.
fn without_stricter(results: &Value) -> Value {
    let Value::Map(entries) = results else {
        panic!("{results} is not a result map");
    };
    let mut entries = entries.clone();
    entries.remove(&Value::keyword("stricter"));
    Value::Map(entries)
}

/// Asserts that every verdict is common, so that the comparison is meaningful.
fn assert_common(occurred: &BTreeMap<Validity, u64>, verdicts: &[Validity]) {
    let all: u64 = occurred.values().sum();
    for verdict in verdicts {
        let times = occurred.get(verdict).copied().unwrap_or_default();
        assert!(times * 20 > all, "{occurred:?}");
    }
}
