//! Histories of several objects, each judged on its own.

use std::collections::BTreeMap;

use crate::history::{History, Operation};
use crate::workloads::Verdict;
use crate::{Validity, Value};

/// Splits a history by key and judges the history of each.
///
/// The value of each operation is `[key value]`; in the history of a key it is the value alone.
/// Source: Jepsen's independent checker, page "Checkers", section 7.
pub fn check(
    history: &History,
    name: &'static str,
    judge: impl Fn(&History) -> Verdict,
) -> Verdict {
    let histories = match split(history) {
        Ok(histories) => histories,
        Err(reason) => {
            return Verdict {
                valid: Validity::Unknown,
                results: Value::map([
                    ("valid?", Validity::Unknown.into()),
                    ("error", reason.as_str().into()),
                ]),
                explanation: vec![reason],
            };
        }
    };
    let mut valid = Validity::True;
    let mut results = BTreeMap::new();
    let mut failures = Vec::new();
    let mut explanation = Vec::new();
    for (key, history) in histories {
        let verdict = judge(&history);
        valid = valid.max(verdict.valid);
        let texts = verdict.explanation.into_iter();
        explanation.extend(texts.map(|text| (verdict.valid, format!("key {key}: {text}"))));
        if verdict.valid == Validity::False {
            failures.push(key.clone());
        }
        let result = [(name, verdict.results), ("valid?", verdict.valid.into())];
        results.insert(key, Value::map(result));
    }
    // What is wrong comes before what can't be told.
    explanation.sort_by_key(|(valid, _)| std::cmp::Reverse(*valid));
    Verdict {
        valid,
        results: Value::map([
            ("valid?", valid.into()),
            ("results", Value::Map(results)),
            ("failures", Value::List(failures)),
        ]),
        explanation: explanation.into_iter().map(|(_, text)| text).collect(),
    }
}

/// The history of each key.
///
/// # Errors
/// When an operation has no key; says which.
pub(crate) fn split(history: &History) -> Result<BTreeMap<Value, History>, String> {
    let mut histories = BTreeMap::<Value, History>::new();
    for operation in history.client_operations() {
        let (key, value) = match &operation.value {
            Value::List(pair) if pair.len() == 2 => (pair[0].clone(), pair[1].clone()),
            other => {
                return Err(format!(
                    "{} has no key: its value should be [key value], and is {other}",
                    operation.label()
                ));
            }
        };
        let operation = Operation {
            value,
            ..operation.clone()
        };
        histories.entry(key).or_default().0.push(operation);
    }
    Ok(histories)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkers::linearizable::{self, CasRegister};
    use crate::history::{Kind, Script};

    fn read(script: &mut Script, key: i32, value: impl Into<Value>) {
        let pair = |value: Value| vec![key.into(), value];
        script.operation(0, Kind::Invoke, "read", pair(Value::Nil));
        script.operation(0, Kind::Ok, "read", pair(value.into()));
    }

    fn judge(script: &Script) -> Verdict {
        check(&script.history, "linearizable", |history| {
            linearizable::check(&CasRegister, history)
        })
    }

    #[test]
    fn each_key_is_judged_on_its_own() {
        let mut script = Script::default();
        read(&mut script, 2, Value::Nil);
        read(&mut script, 1, 7);
        let verdict = judge(&script);
        assert_eq!(verdict.valid, Validity::False);
        assert_eq!(verdict.explanation.len(), 1);
        assert!(verdict.explanation[0].starts_with("key 1: read 7 of operation 3 "));
        let failures = verdict.results.get("failures").unwrap();
        assert_eq!(failures.to_string(), "[1]");
        let Some(Value::Map(results)) = verdict.results.get("results") else {
            panic!("{}", verdict.results);
        };
        for (key, valid) in [(1, false), (2, true)] {
            let result = &results[&key.into()];
            assert_eq!(result.get("valid?"), Some(&Value::Bool(valid)));
            let inner = result.get("linearizable").unwrap();
            assert_eq!(inner.get("valid?"), Some(&Value::Bool(valid)));
        }
    }

    #[test]
    fn no_keys_are_right_and_no_key_is_not_judged() {
        let mut script = Script::default();
        assert_eq!(
            judge(&script).results.to_string(),
            "{:failures [], :results {}, :valid? true}"
        );
        script.operation(3, Kind::Invoke, "read", Value::Nil);
        let verdict = judge(&script);
        assert_eq!(verdict.valid, Validity::Unknown);
        assert_eq!(
            verdict.explanation,
            [
                "operation 0 (process 3, 0.000 s) has no key: its value should be [key value], and is nil"
            ]
        );
    }
}
