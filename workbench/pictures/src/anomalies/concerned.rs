//! The operations that the anomalies in a result map concern.

use std::collections::BTreeSet;

use mael_history::Value;

use crate::calls::Call;

/// Results that list operations which are not anomalous.
const OTHERS: [&str; 4] = [
    "worst-stale",
    "worst-realtime-lag",
    "pending",
    "previous-ok",
];

/// Returns the positions of the operations that the results of a workload report as anomalous, in
/// ascending order.
pub(crate) fn concerned(workload: &Value, calls: &[Call<'_>]) -> Vec<usize> {
    let mut found = Found::default();
    found.search(workload);
    let is_concerned = |call: &Call<'_>| {
        let entries = [Some(call.invocation), call.completion];
        let mut indexes = entries.into_iter().flatten().map(|entry| entry.index);
        indexes.any(|index| found.indexes.contains(&index))
            || found.lost.contains(&call.invocation.value)
    };
    let calls = calls.iter().enumerate();
    let concerned = calls.filter(|(_, call)| is_concerned(call));
    concerned.map(|(position, _)| position).collect()
}

/// What results refer to.
#[derive(Default)]
struct Found {
    /// Indexes of entries of the history.
    indexes: BTreeSet<usize>,
    /// Elements that were added and are missing from the last reads.
    lost: BTreeSet<Value>,
}

impl Found {
    fn search(&mut self, results: &Value) {
        let Value::Map(entries) = results else {
            results.items().for_each(|item| self.search(item));
            return;
        };
        if results.get("valid?") == Some(&Value::Bool(true)) {
            return;
        }
        if let (Some(Value::Int(index)), Some(_)) = (results.get("index"), results.get("process")) {
            self.indexes.extend(index.to::<usize>());
            return;
        }
        // Of a history that is not linearizable, one operation can't be placed.
        if let (Some(operation), Some(_)) = (results.get("op"), results.get("final-paths")) {
            return self.search(operation);
        }
        for (key, value) in entries {
            match key.name() {
                Some("lost") => self.lost.extend(value.items().cloned()),
                Some(name) if OTHERS.contains(&name) => {}
                _ => self.search(value),
            }
        }
    }
}
