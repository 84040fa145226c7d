//! Compares all anomalies with a naive implementation of the definitions, on small random
//! histories.

mod crafted;
mod naive;
mod random;

use std::collections::BTreeMap;
use std::ops::Range;

use fastrand::Rng;
use mael_history::{Validity, Value};

use super::{ALLOWED, SubVia, check};

/// Asserts that the anomalies and their counts match the naive implementation.
fn agrees(seed: u64) -> BTreeMap<&'static str, usize> {
    let case = random::case(&mut Rng::with_seed(seed));
    let expected = naive::count(&case);
    let verdict = check(&case.to_history(), SubVia::Assign);
    let Some(Value::List(names)) = verdict.results.get("error-types") else {
        panic!("anomalies are a list");
    };
    let count = |name: &Value| {
        let name = name.name().unwrap();
        let anomaly = verdict.results.get(intern(name)).unwrap();
        let count = match anomaly.get("unseen") {
            Some(Value::Map(unseen)) => unseen.values().map(number).sum(),
            _ => number(anomaly.get("count").unwrap()),
        };
        (intern(name), count)
    };
    let found: BTreeMap<&str, usize> = names.iter().map(count).collect();
    assert_eq!(found, expected, "seed {seed}: {case:#?}");
    let allowed = |name: &&str| ALLOWED.contains(name);
    let valid = found.keys().all(allowed);
    assert_eq!(verdict.valid, Validity::from(valid), "seed {seed}");
    assert_eq!(verdict.explanation.is_empty(), valid, "seed {seed}");
    expected
}

fn number(value: &Value) -> usize {
    match value {
        Value::Int(number) => number.to().unwrap(),
        other => panic!("{other} is not a number"),
    }
}

/// Returns the name of an anomaly as a `'static` string.
fn intern(name: &str) -> &'static str {
    let found = NAMES.iter().find(|known| **known == name);
    found.unwrap_or_else(|| panic!("{name} is not an anomaly"))
}

/// All anomalies that the checker can find.
const NAMES: [&str; 19] = [
    "G1a",
    "G1c",
    "G1c-realtime",
    "PL-2-cycle-exists",
    "duplicate",
    "empty-transaction-graph",
    "garbage-read",
    "inconsistent-offsets",
    "int-nonmonotonic-poll",
    "int-nonmonotonic-send",
    "int-poll-skip",
    "int-send-skip",
    "lost-write",
    "nonmonotonic-poll",
    "nonmonotonic-send",
    "poll-skip",
    "precommitted-read",
    "strong-PL-2-cycle-exists",
    "unseen",
];

/// Checks many histories, among which every anomaly must occur, and valid histories too.
fn sweep(seeds: Range<u64>) {
    let mut times = BTreeMap::<&str, u32>::new();
    for seed in seeds {
        let found = agrees(seed);
        if found.keys().all(|name| ALLOWED.contains(name)) {
            *times.entry("right").or_default() += 1;
        }
        for name in found.into_keys() {
            *times.entry(name).or_default() += 1;
        }
    }
    println!("{times:?}");
    for name in NAMES.into_iter().chain(["right"]) {
        assert!(times.contains_key(name), "{name} never occurred");
    }
}

#[test]
fn random_histories_match_the_naive_implementation() {
    sweep(0..2_000);
}

#[test]
#[ignore = "takes minutes"]
fn many_random_histories_match_the_naive_implementation() {
    sweep(2_000..102_000);
}
