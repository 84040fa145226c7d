//! Replies of log nodes that do not match their requests.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use mael_history::{History, Integer, Kind, Operation, Pairs, Process, Value};

use super::COMMITTED;
use super::steps::{Step, steps};
use crate::stricter::Stricter;
use crate::stricter::replies::{self, is_same};

/// Checks the replies to sends, polls and assignments.
///
/// Findings are `mismatched-reply` (another number of micro-operations, another key or message, or
/// a poll that is not a map of messages with offsets), `negative-offset`, `unrequested-key` (a poll
/// or a list of committed offsets with a key that was not requested), and `garbage-offset` (a
/// committed offset that no consumer can have committed).
pub fn check(history: &History, stricter: &mut Stricter) {
    replies::check(history, check_reply, stricter);
    find_negative_offsets(history, stricter);
    find_unrequested_keys(history, stricter);
    find_garbage_offsets(history, stricter);
}

/// The rule for operations on logs.
fn check_reply(invocation: &Operation, completion: &Operation) -> Result<(), String> {
    let f = &*invocation.f;
    if matches!(f, "assign" | "subscribe") {
        return replies::fills_in(invocation, completion);
    }
    let (Value::List(asked), Value::List(answers)) = (&invocation.value, &completion.value) else {
        return match (f, &completion.value) {
            ("send" | "poll" | "txn", other) if !matches!(other, Value::List(_)) => {
                Err(format!("answered {} with {other}", invocation.value))
            }
            _ => Ok(()),
        };
    };
    if !matches!(f, "send" | "poll" | "txn") {
        return Ok(());
    }
    if asked.len() != answers.len() {
        return Err(format!(
            "answered {} micro-operations with {}: {} with {}",
            asked.len(),
            answers.len(),
            invocation.value,
            completion.value
        ));
    }
    let mut steps = asked.iter().zip(answers);
    match steps.find(|(asked, answer)| !answers_step(asked, answer)) {
        Some((asked, answer)) => Err(format!("answered {asked} with {answer}")),
        None => Ok(()),
    }
}

fn answers_step(asked: &Value, answer: &Value) -> bool {
    let (Value::List(asked), Value::List(answer)) = (asked, answer) else {
        return false;
    };
    match (asked.as_slice(), answer.as_slice()) {
        ([f, ..], [poll, Value::Map(polled)]) if f.name() == Some("poll") => {
            is_same(f, poll) && polled.values().all(is_messages)
        }
        ([f, key, message], [send, to, sent]) if f.name() == Some("send") => {
            let is_sent = is_same(message, sent) || is_entry(sent, |it| is_same(message, it));
            is_same(f, send) && is_same(key, to) && is_sent
        }
        _ => false,
    }
}

/// Returns whether this is a list of `[offset message]`.
fn is_messages(messages: &Value) -> bool {
    match messages {
        Value::List(messages) => messages.iter().all(|entry| is_entry(entry, |_| true)),
        _ => false,
    }
}

/// Returns whether this is `[offset message]`, where the offset is `nil` if it is not known.
fn is_entry(entry: &Value, is_message: impl Fn(&Value) -> bool) -> bool {
    let Value::List(entry) = entry else {
        return false;
    };
    match entry.as_slice() {
        [Value::Int(_) | Value::Nil, message] => is_message(message),
        _ => false,
    }
}

fn successes(history: &History) -> impl Iterator<Item = &Operation> {
    let ended = history.completions();
    ended.filter(|completion| {
        completion.kind == Kind::Ok && matches!(&*completion.f, "send" | "poll" | "txn")
    })
}

fn find_negative_offsets(history: &History, stricter: &mut Stricter) {
    for operation in successes(history) {
        for step in steps(&operation.value) {
            let (key, entries) = match step {
                Step::Send(key, entry) => (key, vec![entry]),
                Step::Poll(key, entries) => (key, entries),
            };
            for offset in entries.iter().filter_map(|(offset, _)| *offset) {
                if offset.is_negative() {
                    stricter.add("negative-offset", operation, || {
                        let text = format!("received offset {offset} of key {key}");
                        (
                            vec![("key", key.clone()), ("offset", offset.clone().into())],
                            text,
                        )
                    });
                }
            }
        }
    }
}

/// The keys that a consumer may poll; `None` if they are not known.
type Assigned<'h> = Option<BTreeSet<Cow<'h, str>>>;

/// Finds keys that a consumer received although they were not assigned to it. The assigned keys are
/// not known after a subscription, nor in a history without assignments. A consumer that receives
/// such a key keeps polling it.
fn find_unrequested_keys(history: &History, stricter: &mut Stricter) {
    let assigns = |operation: &Operation| operation.f == "assign" || operation.f == "subscribe";
    if !history.client_operations().any(assigns) {
        return;
    }
    let mut consumers = BTreeMap::<&Process, Assigned<'_>>::new();
    for operation in history.completions() {
        let assigned = consumers
            .entry(&operation.process)
            .or_insert_with(|| Some(BTreeSet::new()));
        match &*operation.f {
            "assign" => {
                let keys = operation.value.items().map(Value::to_json_key);
                match assigned {
                    // The assignment may have taken effect or not.
                    Some(assigned) if operation.kind != Kind::Ok => assigned.extend(keys),
                    None if operation.kind != Kind::Ok => {}
                    _ => *assigned = Some(keys.collect()),
                }
            }
            "subscribe" if operation.kind != Kind::Fail => *assigned = None,
            _ if operation.kind != Kind::Ok => {}
            "poll" | "txn" => {
                let Some(assigned) = assigned else {
                    continue;
                };
                for step in steps(&operation.value) {
                    let Step::Poll(key, messages) = step else {
                        continue;
                    };
                    if !messages.is_empty() && assigned.insert(key.to_json_key()) {
                        stricter.add("unrequested-key", operation, || {
                            let text = format!("polled key {key}, which was not assigned to it");
                            (vec![("key", key.clone())], text)
                        });
                    }
                }
            }
            _ => {}
        }
    }
}

/// Finds committed offsets of keys that were not requested, and those that no consumer can have
/// committed: consumers commit the highest offset of each key that they polled. A poll that did not
/// succeed may have committed any offset, so offsets after it are not checked.
fn find_garbage_offsets(history: &History, stricter: &mut Stricter) {
    let Ok(Pairs { list: pairs, .. }) = history.pairs() else {
        return;
    };
    let committed: Vec<_> = pairs
        .iter()
        .filter_map(|(_, completion)| {
            Some((*completion.as_ref()?, committed(completion.as_ref()?)?))
        })
        .collect();
    if committed.is_empty() {
        return;
    }
    let polls = pairs
        .iter()
        .filter(|(invocation, _)| invocation.f == "poll");
    let unknown = polls
        .clone()
        .filter(|(_, completion)| completion.is_none_or(|completion| completion.kind != Kind::Ok))
        .map(|(invocation, _)| invocation.index)
        .min()
        .unwrap_or(usize::MAX);
    // The index of the first poll that may have committed each offset of a key.
    let mut commits = BTreeMap::<(&Value, &Integer), usize>::new();
    for (invocation, completion) in polls {
        for step in completion
            .iter()
            .flat_map(|completion| steps(&completion.value))
        {
            if let Step::Poll(key, messages) = step
                && let Some(highest) = messages.iter().filter_map(|(offset, _)| *offset).max()
            {
                let first = commits.entry((key, highest)).or_insert(invocation.index);
                *first = invocation.index.min(*first);
            }
        }
    }
    for (completion, offsets) in committed {
        for (key, offset) in offsets {
            let asked = completion.value.items().any(|asked| is_same(asked, key));
            let possible = || match offset {
                Value::Int(offset) => commits
                    .get(&(key, offset))
                    .is_some_and(|invocation| *invocation < completion.index),
                _ => false,
            };
            let (name, what) = if !asked {
                ("unrequested-key", "a key it did not request")
            } else if unknown > completion.index && !possible() {
                ("garbage-offset", "which no consumer committed")
            } else {
                continue;
            };
            stricter.add(name, completion, || {
                let text = format!("received the committed offset {offset} of key {key}, {what}");
                (vec![("key", key.clone()), ("offset", offset.clone())], text)
            });
        }
    }
}

/// Returns the committed offsets that a node listed, if the history has them.
fn committed(completion: &Operation) -> Option<&BTreeMap<Value, Value>> {
    let mut extra = completion.extra.iter();
    match extra.find(|(key, _)| key.name() == Some(COMMITTED))? {
        (_, Value::Map(offsets)) if completion.kind == Kind::Ok => Some(offsets),
        _ => None,
    }
}
