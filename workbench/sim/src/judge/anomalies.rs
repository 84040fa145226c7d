//! The names of the anomalies of a run, by which runs are counted and compared.

use std::collections::BTreeSet;

use mael_checkers::anomalies_of;
use mael_history::{Validity, Value};

use super::Results;

/// Returns the anomaly of a checker that every test has. Exceptions are none: the report has the
/// errors of operations.
pub(super) fn of_checker(name: &str) -> Option<&'static str> {
    match name {
        "stats" => Some("nothing-succeeded"),
        "availability" => Some("low-availability"),
        _ => None,
    }
}

impl Results {
    /// Returns the names of the anomalies: those of the workload, with Maelstrom's names if it has
    /// them (`lost`, `G1a`, `not-linearizable`, ...), `nothing-succeeded` if no operation of some
    /// kind succeeded, and `low-availability`. With `strict`, the findings of stricter checks are
    /// included. Empty if the run is valid.
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
                "workload" => anomalies.extend(anomalies_of(valid, results, self.unnamed)),
                name => drop(anomalies.insert(of_checker(name).unwrap_or(name).to_owned())),
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
