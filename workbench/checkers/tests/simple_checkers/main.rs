//! The checkers of sets, counters and unique ids against their definitions, spelled out naively, on
//! small random histories.

mod counter;
mod histories;
mod set_full;
mod unique_ids;

use std::collections::BTreeMap;

use fastrand::Rng;
use mael_checkers::Verdict;
use mael_history::{History, Validity, Value};

/// Makes as many histories, has each judged, and compares what is said with what should be. Gives
/// how often each verdict occurred.
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
        let told = || histories::text(&history);
        assert_eq!(
            of_the_original(&verdict.results),
            expected,
            "seed {seed}:\n{}",
            told()
        );
        let valid = verdict.results.get("valid?");
        assert_eq!(
            valid,
            Some(&verdict.valid.into()),
            "seed {seed}:\n{}",
            told()
        );
        let mut explanation = verdict.explanation.iter();
        let explained = explanation.any(|text| !text.starts_with("stricter, "));
        let right = verdict.valid == Validity::True;
        assert_ne!(right, explained, "seed {seed}:\n{}", told());
        *occurred.entry(verdict.valid).or_default() += 1;
    }
    occurred
}

/// A result map without what only stricter checks find.
fn of_the_original(results: &Value) -> Value {
    let Value::Map(entries) = results else {
        panic!("{results} is no result map");
    };
    let mut entries = entries.clone();
    entries.remove(&Value::keyword("stricter"));
    Value::Map(entries)
}

/// Every verdict must be common, or little was compared.
fn assert_common(occurred: &BTreeMap<Validity, u64>, verdicts: &[Validity]) {
    let all: u64 = occurred.values().sum();
    for verdict in verdicts {
        let times = occurred.get(verdict).copied().unwrap_or_default();
        assert!(times * 20 > all, "{occurred:?}");
    }
}
