//! The logs and events from which all anomalies are derived.

use mael_history::{History, Integer, Kind, Value};

use super::events::{self, Event, KeyId, LogEntry, MessageId, Names};
use super::log::{Logs, committed};

/// A history of sends and polls, and the logs reconstructed from it.
pub(super) struct Analysis<'a> {
    /// The operations on logs, in the order of their completions.
    pub(super) events: Vec<Event<'a>>,
    pub(super) names: Names<'a>,
    pub(super) logs: Logs<'a>,
    /// By message, the event that sent it.
    writers: Vec<Option<usize>>,
    /// By message, the first event that certainly polled it.
    readers: Vec<Option<usize>>,
}

impl<'a> Analysis<'a> {
    /// # Errors
    /// Returns an error if completions can't be matched with invocations.
    pub(super) fn new(history: &'a History) -> Result<Self, String> {
        let (events, names) = events::read(history)?;
        let mut writers = vec![None; names.messages()];
        let mut readers = vec![None; names.messages()];
        for (number, event) in events.iter().enumerate() {
            for entry in event.sent.values().flatten() {
                writers[entry.message] = Some(number);
            }
            if event.kind() == Kind::Ok {
                for entry in event.polled.values().flatten() {
                    readers[entry.message].get_or_insert(number);
                }
            }
        }
        let polled = |message: MessageId| readers[message].is_some();
        let logs = Logs::new(&events, &names, |event| committed(event, polled));
        Ok(Self {
            events,
            names,
            logs,
            writers,
            readers,
        })
    }

    /// Returns the operation that sent a message.
    pub(super) fn writer(&self, message: MessageId) -> Option<&Event<'a>> {
        self.writer_number(message).map(|event| &self.events[event])
    }

    /// Returns the index in [`events`](Self::events) of the operation that sent a message.
    pub(super) fn writer_number(&self, message: MessageId) -> Option<usize> {
        self.writers[message]
    }

    /// Returns the first operation that certainly polled a message.
    pub(super) fn reader(&self, message: MessageId) -> Option<&Event<'a>> {
        self.readers[message].map(|event| &self.events[event])
    }

    /// Returns whether an operation certainly took effect.
    pub(super) fn committed(&self, event: &Event<'_>) -> bool {
        committed(event, |message| self.readers[message].is_some())
    }

    /// Returns the successful sends and polls, in order.
    pub(super) fn successes(&self) -> impl Iterator<Item = &Event<'a>> {
        self.events
            .iter()
            .filter(|event| event.kind() == Kind::Ok && event.is_transaction())
    }

    pub(super) fn key_value(&self, key: KeyId) -> Value {
        self.names.key_value(key).clone()
    }

    pub(super) fn message_value(&self, message: MessageId) -> Value {
        self.names.message_value(message).clone()
    }

    pub(super) fn message_values(&self, messages: impl IntoIterator<Item = MessageId>) -> Value {
        let values = messages.into_iter().map(|it| self.message_value(it));
        Value::List(values.collect())
    }

    /// Returns a phrase for a key.
    pub(super) fn key(&self, key: KeyId) -> String {
        format!("key {}", self.names.key_value(key))
    }

    /// Returns a phrase for a message.
    pub(super) fn message(&self, message: MessageId) -> String {
        let key = self.key(self.names.key_of(message));
        format!("message {} of {key}", self.names.message_value(message))
    }

    /// Returns a phrase for messages.
    pub(super) fn messages(&self, messages: &[MessageId]) -> String {
        let values = messages
            .iter()
            .map(|message| self.names.message_value(*message));
        let values: Vec<String> = values.map(Value::to_string).collect();
        values.join(", ")
    }

    /// Returns a sentence about the first operation that found a message at an offset.
    pub(super) fn evidence(&self, offset: &Integer, message: MessageId) -> String {
        let key = self.names.key_of(message);
        let entry = LogEntry {
            offset: Some(offset),
            message,
        };
        let contains =
            |entries: Option<&Vec<LogEntry<'_>>>| entries.is_some_and(|it| it.contains(&entry));
        for event in &self.events {
            let value = self.names.message_value(message);
            if contains(event.sent.get(&key)) {
                let label = event.last().label();
                return format!("{label} sent {value} and got offset {offset}");
            }
            if contains(event.polled.get(&key)) {
                let label = event.last().label();
                return format!("{label} polled {value} at offset {offset}");
            }
        }
        unreachable!("a log is reconstructed from operations")
    }
}
