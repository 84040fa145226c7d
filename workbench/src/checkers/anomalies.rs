//! What is wrong with a run, by name, so that runs can be counted and compared.

use std::collections::BTreeSet;

use super::Results;
use crate::workloads::Verdict;
use crate::{Validity, Value};

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
fn of_workload(valid: Validity, results: &Value, unnamed: &str) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = named(results).map(str::to_owned).collect();
    if found.is_empty() && valid == Validity::False {
        found.insert(unnamed.to_owned());
    }
    found
}

impl Verdict {
    /// The anomalies that a workload found, by name; `unnamed` is [its own name of
    /// them](crate::workloads::Workload::anomaly).
    pub(crate) fn anomalies(&self, unnamed: &str) -> BTreeSet<String> {
        of_workload(self.valid, &self.results, unnamed)
    }
}

/// What is wrong where a checker that every test has finds something.
fn of_checker(name: &str) -> &str {
    match name {
        "stats" => "nothing-succeeded",
        "availability" => "low-availability",
        other => other,
    }
}

impl Results {
    /// What makes the run other than valid, by name: the workload's anomalies, as Maelstrom calls
    /// them where it does (`lost`, `G1a`, `not-linearizable`, ...), `nothing-succeeded` if no operation
    /// of some kind did, and `low-availability`. If findings of stricter checks count, their names are
    /// among them. Empty if the run is valid.
    pub fn anomalies(&self) -> BTreeSet<String> {
        let Value::Map(checkers) = &self.map else {
            return BTreeSet::new();
        };
        let mut anomalies = BTreeSet::new();
        for (checker, results) in checkers {
            let valid = match results.get("valid?") {
                None | Some(Value::Bool(true)) => continue,
                Some(Value::Bool(false)) => Validity::False,
                Some(_) => Validity::Unknown,
            };
            match checker.name().unwrap_or_default() {
                "workload" => anomalies.extend(of_workload(valid, results, self.unnamed)),
                name => drop(anomalies.insert(of_checker(name).to_owned())),
            }
        }
        if self.strict {
            let stricter = self.stricter().into_iter();
            anomalies.extend(stricter.map(|(name, _)| name.to_owned()));
        }
        if anomalies.is_empty() && self.valid != Validity::True {
            anomalies.insert("unknown".to_owned());
        }
        anomalies
    }
}
