//! What is wrong with a history, by the name of the anomaly.

use std::collections::BTreeMap;

use mael_history::{Operation, Value};

/// One case of an anomaly.
#[derive(Debug)]
pub(crate) struct Case {
    /// The index of the operation where it shows.
    pub(crate) index: usize,
    /// What is to be known of it, with Elle's keys.
    pub(crate) value: Value,
    /// The same in words.
    pub(crate) text: String,
}

/// All cases that were found.
#[derive(Debug, Default)]
pub(crate) struct Anomalies(BTreeMap<&'static str, Vec<Case>>);

impl Anomalies {
    /// Adds a case.
    pub(crate) fn add(&mut self, anomaly: &'static str, case: Case) {
        self.0.entry(anomaly).or_default().push(case);
    }

    /// The names of those that were found, sorted.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.keys().copied()
    }

    /// The cases of each anomaly, in the order of the history.
    pub(crate) fn into_sorted(mut self) -> BTreeMap<&'static str, Vec<Case>> {
        for cases in self.0.values_mut() {
            cases.sort_by_key(|case| case.index);
        }
        self.0
    }
}

impl Case {
    /// A case that shows at an operation.
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
