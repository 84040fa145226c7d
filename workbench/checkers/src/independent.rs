//! Histories of several objects, each of which is checked separately.

use std::collections::BTreeMap;

use mael_history::{History, Kind, Operation, PairEvent, Validity, Value};

use crate::coverage::{self, is_ok};
use crate::{Coverage, Verdict};

/// Splits a history by key and checks the history of each.
///
/// The value of each operation is `[key value]`; the histories passed to `judge` have the value
/// alone. Source: Jepsen's independent checker, page "Checkers", section 7.
pub fn check(
    history: &History,
    name: &'static str,
    judge: impl Fn(&History) -> Verdict,
) -> Verdict {
    match split(history) {
        Ok(histories) => combine(name, each(&histories, judge)),
        Err(reason) => Verdict::unknown(reason),
    }
}

/// Keys are checked with 1/1024 of the memory, then with 1/32, and then with all of it.
const PARTS: [u64; 3] = [1024, 32, 1];

/// Like [`check`], with a memory limit for each key, in bytes, that is passed to `judge`.
///
/// All keys are checked with a small part of the memory first. Those that need more are checked
/// with more, one after the other, until a key is invalid, which decides the verdict.
pub fn check_within(
    history: &History,
    name: &'static str,
    memory: u64,
    judge: impl Fn(&History, u64) -> Verdict,
) -> Verdict {
    match split(history) {
        Ok(histories) => check_each_within(&histories, name, memory, judge),
        Err(reason) => Verdict::unknown(reason),
    }
}

/// Like [`check_within`], for histories that have been split by key, in which values are as `judge`
/// expects them.
pub fn check_each_within(
    histories: &BTreeMap<Value, History>,
    name: &'static str,
    memory: u64,
    judge: impl Fn(&History, u64) -> Verdict,
) -> Verdict {
    let [first, more @ ..] = PARTS;
    let mut verdicts = each(histories, |history| judge(history, memory / first));
    for part in more {
        for (place, history) in histories.values().enumerate() {
            if verdicts.iter().any(|(_, it)| it.valid == Validity::False) {
                return combine(name, verdicts);
            }
            let (_, verdict) = &mut verdicts[place];
            if verdict.valid == Validity::Unknown {
                *verdict = judge(history, memory / part);
            }
        }
    }
    combine(name, verdicts)
}

/// Returns the verdict on each history.
fn each(
    histories: &BTreeMap<Value, History>,
    judge: impl Fn(&History) -> Verdict,
) -> Vec<(Value, Verdict)> {
    let verdicts = histories
        .iter()
        .map(|(key, history)| (key.clone(), judge(history)));
    verdicts.collect()
}

/// Combines the verdicts on all keys.
fn combine(name: &'static str, verdicts: Vec<(Value, Verdict)>) -> Verdict {
    let mut valid = Validity::True;
    let mut results = BTreeMap::new();
    let mut failures = Vec::new();
    let mut explanation = Vec::new();
    for (key, verdict) in verdicts {
        valid = valid.max(verdict.valid);
        let texts = verdict.explanation.into_iter();
        explanation.extend(texts.map(|text| (verdict.valid, format!("key {key}: {text}"))));
        if verdict.valid == Validity::False {
            failures.push(key.clone());
        }
        let result = [(name, verdict.results), ("valid?", verdict.valid.into())];
        results.insert(key, Value::map(result));
    }
    // Invalid keys come before unknown ones.
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

/// Returns how many operations are judged: those that succeeded. `read` validates an operation
/// without its key, given its name, argument and result.
pub fn coverage(
    history: &History,
    read: impl Fn(&str, &Value, Option<&Value>) -> Result<(), String>,
) -> Coverage {
    Coverage::of(history, |invocation, completion| {
        judges(invocation, completion, &read)
    })
}

/// Checks that `read` accepts all operations of a history, as in [`coverage()`]. An invalid key
/// does not decide the verdict if an operation on another key is not supported.
///
/// # Errors
/// Returns an error if completions can't be matched with invocations, or at the first operation
/// that `read` rejects.
pub fn understood(
    history: &History,
    read: impl Fn(&str, &Value, Option<&Value>) -> Result<(), String>,
) -> Result<(), String> {
    coverage::understood(history, |invocation, completion| {
        judges(invocation, completion, &read)
    })
    .map(drop)
}

/// Returns whether an operation is judged, if `read` accepts it without its key.
fn judges(
    invocation: &Operation,
    completion: Option<&Operation>,
    read: impl Fn(&str, &Value, Option<&Value>) -> Result<(), String>,
) -> Result<bool, String> {
    let (_, argument) = key_and_value(invocation)?;
    let result = match completion {
        Some(completion) => Some(result_of(invocation, completion)?),
        None => None,
    };
    let is_ok = is_ok(completion);
    read(&invocation.f, argument, result.filter(|_| is_ok))?;
    Ok(is_ok)
}

/// Returns the history of each key.
///
/// The completion of an operation that failed or whose outcome is unknown may lack the key.
///
/// # Errors
/// Returns an error if completions can't be matched with invocations, or an operation has no key or
/// two different ones.
pub fn split(history: &History) -> Result<BTreeMap<Value, History>, String> {
    let pairs = history.pairs().map_err(|unpaired| unpaired.to_string())?;
    let mut histories = BTreeMap::<Value, History>::new();
    for event in &pairs.events {
        let (invocation, completion) = match *event {
            PairEvent::Invocation(number) => (pairs.list[number as usize].0, None),
            PairEvent::Completion(number) => pairs.list[number as usize],
        };
        let (key, argument) = key_and_value(invocation)?;
        let (operation, value) = match completion {
            None => (invocation, argument),
            Some(completion) => (completion, result_of(invocation, completion)?),
        };
        let operation = Operation {
            value: value.clone(),
            ..operation.clone()
        };
        match histories.get_mut(key) {
            Some(history) => history.0.push(operation),
            None => {
                histories.insert(key.clone(), History(vec![operation]));
            }
        }
    }
    Ok(histories)
}

/// Returns the value of a completion, whose key must be that of the invocation.
fn result_of<'a>(
    invocation: &'a Operation,
    completion: &'a Operation,
) -> Result<&'a Value, String> {
    let (key, argument) = key_and_value(invocation)?;
    if completion.kind != Kind::Ok && completion.value == Value::Nil {
        return Ok(argument);
    }
    let (its_key, value) = key_and_value(completion)?;
    if its_key != key {
        return Err(format!(
            "{} has key {its_key}, but was invoked with key {key} by {}",
            completion.label(),
            invocation.label()
        ));
    }
    Ok(value)
}

fn key_and_value(operation: &Operation) -> Result<(&Value, &Value), String> {
    match &operation.value {
        Value::List(pair) if pair.len() == 2 => Ok((&pair[0], &pair[1])),
        other => Err(format!(
            "{} has no key: its value should be [key value], and is {other}",
            operation.label()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linearizable;
    use crate::linearizable::CasRegister;
    use mael_history::{HistoryBuilder, Kind};

    fn read(builder: &mut HistoryBuilder, key: i32, value: impl Into<Value>) {
        let pair = |value: Value| vec![key.into(), value];
        builder.operation(0, Kind::Invoke, "read", pair(Value::Nil));
        builder.operation(0, Kind::Ok, "read", pair(value.into()));
    }

    fn judge(builder: &HistoryBuilder) -> Verdict {
        check(&builder.history, "linearizable", |history| {
            linearizable::check(&CasRegister, history)
        })
    }

    #[test]
    fn each_key_is_checked_separately() {
        let mut builder = HistoryBuilder::default();
        read(&mut builder, 2, Value::Nil);
        read(&mut builder, 1, 7);
        let verdict = judge(&builder);
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
    fn a_key_that_needs_more_memory_stays_unknown_if_another_is_invalid() {
        // Key 1 is linearizable, which takes a lot of memory to determine.
        let judge_within = |builder: &HistoryBuilder| {
            check_within(
                &builder.history,
                "linearizable",
                3_200,
                |history, memory| match history.0.len() {
                    4 if memory < 3_200 => Verdict::unknown("too little memory".to_owned()),
                    _ => linearizable::check(&CasRegister, history),
                },
            )
        };
        let mut builder = HistoryBuilder::default();
        read(&mut builder, 1, Value::Nil);
        read(&mut builder, 1, Value::Nil);
        assert_eq!(judge_within(&builder).valid, Validity::True);
        read(&mut builder, 2, 7);
        let verdict = judge_within(&builder);
        assert_eq!(verdict.valid, Validity::False);
        assert!(verdict.explanation[0].starts_with("key 2: read 7"));
        assert_eq!(verdict.explanation[1], "key 1: too little memory");
    }

    #[test]
    fn a_history_without_keys_is_valid_and_an_operation_without_key_is_unknown() {
        let mut builder = HistoryBuilder::default();
        assert_eq!(
            judge(&builder).results.to_string(),
            "{:failures [], :results {}, :valid? true}"
        );
        builder.operation(3, Kind::Invoke, "read", Value::Nil);
        let verdict = judge(&builder);
        assert_eq!(verdict.valid, Validity::Unknown);
        assert_eq!(
            verdict.explanation,
            [
                "operation 0 (process 3, 0.000 s) has no key: its value should be [key value], and is nil"
            ]
        );
    }
}
