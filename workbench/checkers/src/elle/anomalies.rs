//! The anomalies of a history, by name.

use std::collections::BTreeMap;

use mael_history::{Operation, Value};

use super::{cycle_exists, cycles};

/// The anomalies that are not cycles.
const OTHERS: [&str; 12] = [
    "G1a",
    "G1b",
    "cycle-search-timeout",
    "cyclic-versions",
    "dirty-update",
    "duplicate-elements",
    "empty-transaction-graph",
    "future-read",
    "garbage-read",
    "incompatible-order",
    "internal",
    "lost-update",
];

/// Returns the names of all anomalies that the checkers of transactions can report.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let cycles = cycles::anomalies().chain(cycle_exists::anomalies());
    cycles.chain(OTHERS)
}

/// One case of an anomaly.
#[derive(Debug)]
pub(crate) struct Case {
    /// The index of the operation where it occurs.
    pub(crate) index: usize,
    /// The results, with Elle's keys.
    pub(crate) value: Value,
    /// The explanation.
    pub(crate) text: String,
}

/// All cases of each anomaly.
#[derive(Debug, Default)]
pub(crate) struct Anomalies(BTreeMap<&'static str, Vec<Case>>);

impl Anomalies {
    /// Adds a case.
    pub(crate) fn add(&mut self, anomaly: &'static str, case: Case) {
        debug_assert!(
            names().any(|name| name == anomaly),
            "names() lacks {anomaly}"
        );
        self.0.entry(anomaly).or_default().push(case);
    }

    /// Returns the names of the anomalies, sorted.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.keys().copied()
    }

    /// Returns the cases of each anomaly, in the order of the history.
    pub(crate) fn into_sorted(mut self) -> BTreeMap<&'static str, Vec<Case>> {
        for cases in self.0.values_mut() {
            cases.sort_by_key(|case| case.index);
        }
        self.0
    }
}

impl Case {
    /// Returns a case that occurs at an operation.
    pub(crate) fn at<const N: usize>(
        operation: &Operation,
        entries: [(&'static str, Value); N],
        text: String,
    ) -> Self {
        Self {
            index: operation.index,
            value: Value::map(entries),
            text,
        }
    }
}
