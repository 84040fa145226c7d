//! The operations on logs, with keys and messages numbered.

use std::collections::BTreeMap;

use mael_history::{History, Integer, Kind, Operation, Process, Value};
use rustc_hash::FxHashMap;

use crate::coverage::{is_ok, no_such, recorded_value, understood};
use crate::kafka::steps::{Step, is_step, steps};

/// Identifies a key, counted from 0.
pub(super) type KeyId = usize;

/// Identifies a message of a key, counted from 0 over all keys.
pub(super) type MessageId = usize;

/// A message and its offset, if known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LogEntry<'a> {
    pub(super) offset: Option<&'a Integer>,
    pub(super) message: MessageId,
}

/// An operation of a client, from invocation to completion.
pub(super) struct Event<'a> {
    pub(super) invocation: &'a Operation,
    /// `None` if the history ends first.
    pub(super) completion: Option<&'a Operation>,
    /// The keys that are assigned or subscribed to from here on, if the operation changes them.
    pub(super) assigned: Option<Vec<KeyId>>,
    /// The keys that were rebalanced between consumers meanwhile, from Jepsen's `:rebalance-log`.
    pub(super) rebalanced: Vec<KeyId>,
    /// The messages that were sent, by key, in order.
    pub(super) sent: BTreeMap<KeyId, Vec<LogEntry<'a>>>,
    /// The messages that were polled, by key, in order.
    pub(super) polled: BTreeMap<KeyId, Vec<LogEntry<'a>>>,
}

impl<'a> Event<'a> {
    /// Returns the kind of the completion; `Info` if the operation never completed.
    pub(super) fn kind(&self) -> Kind {
        self.completion
            .map_or(Kind::Info, |completion| completion.kind)
    }

    pub(super) fn process(&self) -> &'a Process {
        &self.invocation.process
    }

    /// Returns the completion, or else the invocation.
    pub(super) fn last(&self) -> &'a Operation {
        self.completion.unwrap_or(self.invocation)
    }

    /// Returns whether the operation sends or polls.
    pub(super) fn is_transaction(&self) -> bool {
        self.assigned.is_none()
    }
}

/// The values of numbered keys and messages.
#[derive(Default)]
pub(super) struct Names<'a> {
    keys: FxHashMap<&'a Value, KeyId>,
    key_values: Vec<&'a Value>,
    messages: FxHashMap<(KeyId, &'a Value), MessageId>,
    message_values: Vec<(KeyId, &'a Value)>,
}

impl<'a> Names<'a> {
    /// Returns the number of keys.
    pub(super) fn keys(&self) -> usize {
        self.key_values.len()
    }

    /// Returns the number of messages.
    pub(super) fn messages(&self) -> usize {
        self.message_values.len()
    }

    pub(super) fn key_value(&self, key: KeyId) -> &'a Value {
        self.key_values[key]
    }

    pub(super) fn message_value(&self, message: MessageId) -> &'a Value {
        self.message_values[message].1
    }

    /// Returns the key of a message.
    pub(super) fn key_of(&self, message: MessageId) -> KeyId {
        self.message_values[message].0
    }

    fn key(&mut self, value: &'a Value) -> KeyId {
        let next = self.key_values.len();
        let key = *self.keys.entry(value).or_insert(next);
        if key == next {
            self.key_values.push(value);
        }
        key
    }

    fn message(&mut self, key: KeyId, value: &'a Value) -> MessageId {
        let next = self.message_values.len();
        let message = *self.messages.entry((key, value)).or_insert(next);
        if message == next {
            self.message_values.push((key, value));
        }
        message
    }
}

/// Reads the operations on logs, in the order of their completions; those that never completed come
/// last.
///
/// # Errors
/// Returns an error if an operation is not one on logs, or completions can't be matched with
/// invocations.
pub(super) fn read(history: &History) -> Result<(Vec<Event<'_>>, Names<'_>), String> {
    let pairs = understood(history, judges)?;
    let ended = pairs.events.iter().filter_map(|event| match event {
        mael_history::PairEvent::Invocation(_) => None,
        mael_history::PairEvent::Completion(number) => Some(pairs.list[*number as usize]),
    });
    let open = pairs
        .list
        .iter()
        .copied()
        .filter(|(_, completion)| completion.is_none());
    let mut names = Names::default();
    let events = ended
        .chain(open)
        .filter_map(|(invocation, completion)| names.event(invocation, completion))
        .collect();
    Ok((events, names))
}

/// Returns whether an operation is judged: a send or a poll that succeeded.
pub(super) fn judges(
    invocation: &Operation,
    completion: Option<&Operation>,
) -> Result<bool, String> {
    let value = recorded_value(invocation, completion);
    match (&*invocation.f, value) {
        ("send" | "poll" | "txn", Value::List(steps)) => match steps.iter().find(|it| !is_step(it))
        {
            None => Ok(is_ok(completion)),
            Some(step) => Err(format!(
                "expected [:send key message] or [:poll {{key [[offset message] ...]}}], not {step}"
            )),
        },
        ("send" | "poll" | "txn", other) => {
            Err(format!("expected a list of micro-operations, not {other}"))
        }
        ("assign" | "subscribe", Value::List(_) | Value::Set(_) | Value::Nil) => Ok(false),
        ("assign" | "subscribe", other) => Err(format!("expected a list of keys, not {other}")),
        ("crash" | "debug-topic-partitions", _) => Ok(false),
        (f, _) => Err(no_such(f, "send, poll, txn, assign, subscribe or crash")),
    }
}

/// Returns the keys in the rebalance log of an operation.
fn rebalanced(operation: &Operation) -> impl Iterator<Item = &Value> {
    let extra = operation.extra.iter();
    let log = extra.filter(|(key, _)| key.name() == Some("rebalance-log"));
    let entries = log.flat_map(|(_, log)| log.items());
    entries.flat_map(|entry| entry.get("keys").into_iter().flat_map(Value::items))
}

impl<'a> Names<'a> {
    /// Reads one operation; `None` if it does not concern logs.
    fn event(
        &mut self,
        invocation: &'a Operation,
        completion: Option<&'a Operation>,
    ) -> Option<Event<'a>> {
        let value = recorded_value(invocation, completion);
        let mut event = Event {
            invocation,
            completion,
            assigned: None,
            rebalanced: Vec::new(),
            sent: BTreeMap::new(),
            polled: BTreeMap::new(),
        };
        match &*invocation.f {
            "assign" | "subscribe" => {
                event.assigned = Some(value.items().map(|key| self.key(key)).collect());
            }
            "send" | "poll" | "txn" => {
                event.rebalanced = rebalanced(completion.unwrap_or(invocation))
                    .map(|key| self.key(key))
                    .collect();
                for step in steps(value) {
                    self.step(step, &mut event);
                }
            }
            _ => return None,
        }
        Some(event)
    }

    fn step(&mut self, step: Step<'a>, event: &mut Event<'a>) {
        match step {
            Step::Send(key, sent) => {
                let key = self.key(key);
                let entry = self.entry(key, sent);
                event.sent.entry(key).or_default().push(entry);
            }
            Step::Poll(key, polled) => {
                let key = self.key(key);
                let entries = polled.into_iter().map(|entry| self.entry(key, entry));
                event.polled.entry(key).or_default().extend(entries);
            }
        }
    }

    fn entry(
        &mut self,
        key: KeyId,
        (offset, message): (Option<&'a Integer>, &'a Value),
    ) -> LogEntry<'a> {
        let message = self.message(key, message);
        LogEntry { offset, message }
    }
}
