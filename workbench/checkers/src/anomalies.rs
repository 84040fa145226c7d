//! What is wrong with a history, by name, so that runs can be counted and compared.

use std::collections::BTreeSet;

use mael_history::{Validity, Value};

use crate::Verdict;

/// Where the names of anomalies stand in result maps; of those that a workload has, the first is
/// what makes a history invalid.
const NAMES: [&str; 2] = ["bad-error-types", "anomaly-types"];

/// The names of the anomalies in the result map of a workload that names them.
fn named(results: &Value) -> impl Iterator<Item = &str> {
    let names = NAMES.iter().find_map(|key| results.get(key));
    let names = names.into_iter().flat_map(Value::items);
    names.filter_map(Value::name)
}

/// The anomalies in the results of a workload, by name; `unnamed` is that of a workload whose
/// results name none.
pub fn anomalies_of(valid: Validity, results: &Value, unnamed: &str) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = named(results).map(str::to_owned).collect();
    if found.is_empty() && valid == Validity::False {
        found.insert(unnamed.to_owned());
    }
    found
}

impl Verdict {
    /// The anomalies that a workload found, by name; `unnamed` is its name of them.
    pub fn anomalies(&self, unnamed: &str) -> BTreeSet<String> {
        anomalies_of(self.valid, &self.results, unnamed)
    }
}
