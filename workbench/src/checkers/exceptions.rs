//! What broke clients. Reported, never wrong by itself. Source: Jepsen's exceptions checker.

use std::collections::BTreeMap;

use crate::counted::counted;
use crate::history::{History, Operation};
use crate::workloads::Verdict;
use crate::{Validity, Value};

/// Groups the operations that ended with an exception by its type, the most frequent first.
pub(super) fn check(history: &History) -> Verdict {
    let mut groups = BTreeMap::<Value, Vec<&Operation>>::new();
    for operation in history.completions() {
        if let Some(exception) = &operation.exception {
            let kind = exception.get("type").cloned().unwrap_or_default();
            groups.entry(kind).or_default().push(operation);
        }
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, operations)| std::cmp::Reverse(operations.len()));
    let explanation = groups.iter().map(|(kind, operations)| {
        let error = operations[0].error.clone().unwrap_or_default();
        format!(
            "{} ended with {kind}, such as {error}",
            counted(operations.len() as u64, "operation")
        )
    });
    let explanation = explanation.collect();
    let mut results = vec![("valid?", Value::Bool(true))];
    if !groups.is_empty() {
        let groups = groups.into_iter().map(|(kind, operations)| {
            Value::map([
                ("count", operations.len().into()),
                ("class", kind),
                ("example", operations[0].to_value()),
            ])
        });
        results.push(("exceptions", Value::List(groups.collect())));
    }
    Verdict {
        valid: Validity::True,
        results: Value::map(results),
        explanation,
    }
}
