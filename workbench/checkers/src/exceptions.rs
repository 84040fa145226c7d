//! Exceptions that crashed clients, which are reported but do not change the verdict. Source:
//! Jepsen's exceptions checker.

use std::collections::BTreeMap;

use mael_history::text::counted;
use mael_history::{History, Operation, Validity, Value};

use crate::Verdict;

/// Groups the operations that ended with an exception by its type, the most frequent first.
pub fn check(history: &History) -> Verdict {
    let mut groups = BTreeMap::<Value, Vec<&Operation>>::new();
    for operation in history.completions() {
        if let Some(exception) = &operation.exception {
            groups.entry(class(exception)).or_default().push(operation);
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

/// Returns the class of an exception. One that Clojure printed lists a class for each exception in
/// its chain, its own first.
fn class(exception: &Value) -> Value {
    let via = exception.get("via").and_then(|via| via.items().next());
    let own = [Some(exception), via].into_iter().flatten();
    let mut classes = own.filter_map(|it| it.get("type"));
    classes.next().cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exceptions_of_clojure_and_of_mael_are_grouped_by_class() {
        let completion = |exception| {
            let invocation = "{:type :invoke, :process 0, :f :add, :value 1}";
            format!("{invocation} {{:type :info, :process 0, :f :add, :exception {exception}}}")
        };
        let of_clojure = "{:via [{:type clojure.lang.ExceptionInfo} {:type a.B}], :trace []}";
        let history = [of_clojure, "{:type :rpc-error}", of_clojure].map(completion);
        let history = History::from_edn(&history.concat()).unwrap();
        let results = check(&history).results;
        let groups = results.get("exceptions").unwrap().items();
        let groups: Vec<String> = groups
            .map(|it| format!("{} {}", it.get("count").unwrap(), it.get("class").unwrap()))
            .collect();
        assert_eq!(groups, ["2 clojure.lang.ExceptionInfo", "1 :rpc-error"]);
    }
}
