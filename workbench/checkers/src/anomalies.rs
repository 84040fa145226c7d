//! The names of a history's anomalies, by which runs are counted and compared.

use std::collections::BTreeSet;

use mael_history::{Validity, Value};

use crate::{Verdict, elle, kafka};

/// The keys of anomaly names in result maps. Of those that a workload has, the first lists what
/// makes a history invalid.
const NAMES: [&str; 2] = ["bad-error-types", "anomaly-types"];

/// Returns the names of the anomalies in the result map of a workload that names them.
pub(crate) fn named(results: &Value) -> impl Iterator<Item = &str> {
    let names = NAMES.iter().find_map(|key| results.get(key));
    let names = names.into_iter().flat_map(Value::items);
    names.filter_map(Value::name)
}

/// Returns the names of the anomalies in the results of a workload; `unnamed` is the name to use if
/// the results name none.
pub fn anomalies_of(valid: Validity, results: &Value, unnamed: &str) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = named(results).map(str::to_owned).collect();
    if found.is_empty() && valid == Validity::False {
        found.insert(unnamed.to_owned());
    }
    found
}

/// Returns the names of all anomalies that the checkers of transactions and logs can report. Other
/// results name none.
pub fn named_anomalies() -> BTreeSet<&'static str> {
    let elle = elle::anomalies::names();
    elle.chain(kafka::anomaly_names()).collect()
}

impl Verdict {
    /// Returns the names of the anomalies; `unnamed` is the name to use if the results name none.
    pub fn anomalies(&self, unnamed: &str) -> BTreeSet<String> {
        anomalies_of(self.valid, &self.results, unnamed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_invalid_history_has_the_anomaly_of_a_workload_that_names_none() {
        let anomalies = |valid| anomalies_of(valid, &Value::Map([].into()), "lost");
        assert_eq!(anomalies(Validity::False), ["lost".to_owned()].into());
        assert_eq!(anomalies(Validity::True), BTreeSet::new());
        assert_eq!(anomalies(Validity::Unknown), BTreeSet::new());
    }
}
