//! What is wrong with a run, by name, so that runs can be counted and compared.

use std::collections::BTreeSet;

use super::Results;
use crate::{Validity, Value};

/// Where the names of anomalies stand in result maps; of those that a workload has, the first is
/// what makes a history invalid.
const NAMES: [&str; 2] = ["bad-error-types", "anomaly-types"];

/// Where workloads whose anomalies have no names list or count them.
const UNNAMED: [(&str, &str); 4] = [
    ("lost-count", "lost"),
    ("duplicated-count", "duplicated"),
    ("errors", "errors"),
    ("failures", "failures"),
];

/// The names of the anomalies in the result map of a workload that names them.
pub(crate) fn named(results: &Value) -> Vec<&str> {
    let mut lists = NAMES.iter().filter_map(|key| results.get(key));
    match lists.next() {
        Some(Value::List(names)) => names.iter().filter_map(Value::name).collect(),
        _ => Vec::new(),
    }
}

/// The anomalies in the result map of a workload, by name.
fn of_workload(results: &Value) -> BTreeSet<String> {
    let unnamed = UNNAMED.iter().filter(|(key, _)| {
        let found = results.get(key).unwrap_or(&Value::Nil);
        ![Value::Nil, 0.into(), Value::List(Vec::new())].contains(found)
    });
    let unnamed = unnamed.map(|(_, name)| *name);
    named(results)
        .into_iter()
        .chain(unnamed)
        .map(str::to_owned)
        .collect()
}

impl Results {
    /// What makes the run other than valid, by name: the workload's anomalies as Maelstrom calls
    /// them (`lost`, `duplicated`, `G1a`, ...), and of other checkers their own name, as of a workload
    /// that names none. If findings of stricter checks count, their names are among them. Empty if the
    /// run is valid.
    pub fn anomalies(&self) -> BTreeSet<String> {
        let Value::Map(checkers) = &self.map else {
            return BTreeSet::new();
        };
        let mut anomalies = BTreeSet::new();
        for (checker, results) in checkers {
            let name = checker.name().unwrap_or_default();
            match results.get("valid?") {
                None | Some(Value::Bool(true)) => {}
                Some(valid) if name == "workload" => {
                    let found = of_workload(results);
                    // What is wrong is wrong, also where the workload has no name for it.
                    if found.is_empty() && *valid == Value::Bool(false) {
                        anomalies.insert(name.to_owned());
                    }
                    anomalies.extend(found);
                }
                Some(_) => drop(anomalies.insert(name.to_owned())),
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
