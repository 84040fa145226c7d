//! What the search for each anomaly builds on.

use mael_history::{History, Integer, Kind, Value};

use super::events::{self, Entry, Event, Key, Message, Names};
use super::log::{Logs, committed};

/// A history of sends and polls, with the logs that follow from it.
pub(super) struct Analysis<'a> {
    /// The operations on logs, in the order of their ends.
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
    /// When the operations can't be told apart; says why.
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
        let polled = |message: Message| readers[message].is_some();
        let logs = Logs::new(&events, &names, |event| committed(event, polled));
        Ok(Self {
            events,
            names,
            logs,
            writers,
            readers,
        })
    }

    /// The operation that sent a message.
    pub(super) fn writer(&self, message: Message) -> Option<&Event<'a>> {
        self.writer_number(message).map(|event| &self.events[event])
    }

    /// The place of that operation among all.
    pub(super) fn writer_number(&self, message: Message) -> Option<usize> {
        self.writers[message]
    }

    /// The first operation that certainly polled a message.
    pub(super) fn reader(&self, message: Message) -> Option<&Event<'a>> {
        self.readers[message].map(|event| &self.events[event])
    }

    /// Whether an operation certainly took effect.
    pub(super) fn committed(&self, event: &Event<'_>) -> bool {
        committed(event, |message| self.readers[message].is_some())
    }

    /// The operations that succeeded and sent or polled, in order.
    pub(super) fn successes(&self) -> impl Iterator<Item = &Event<'a>> {
        self.events
            .iter()
            .filter(|event| event.kind() == Kind::Ok && event.is_transaction())
    }

    pub(super) fn key_value(&self, key: Key) -> Value {
        self.names.key_value(key).clone()
    }

    pub(super) fn message_value(&self, message: Message) -> Value {
        self.names.message_value(message).clone()
    }

    pub(super) fn message_values(&self, messages: impl IntoIterator<Item = Message>) -> Value {
        let values = messages.into_iter().map(|it| self.message_value(it));
        Value::List(values.collect())
    }

    /// Names a key in a sentence.
    pub(super) fn key(&self, key: Key) -> String {
        format!("key {}", self.names.key_value(key))
    }

    /// Names a message in a sentence.
    pub(super) fn message(&self, message: Message) -> String {
        let key = self.key(self.names.key_of(message));
        format!("message {} of {key}", self.names.message_value(message))
    }

    /// Names messages in a sentence.
    pub(super) fn messages(&self, messages: &[Message]) -> String {
        let values = messages
            .iter()
            .map(|message| self.names.message_value(*message));
        let values: Vec<String> = values.map(Value::to_string).collect();
        values.join(", ")
    }

    /// Who says that a message is at an offset: the first operation to do so.
    pub(super) fn evidence(&self, offset: &Integer, message: Message) -> String {
        let key = self.names.key_of(message);
        let entry = Entry {
            offset: Some(offset),
            message,
        };
        let says = |entries: Option<&Vec<Entry<'_>>>| entries.is_some_and(|it| it.contains(&entry));
        for event in &self.events {
            let value = self.names.message_value(message);
            if says(event.sent.get(&key)) {
                let label = event.last().label();
                return format!("{label} sent {value} and was told offset {offset}");
            }
            if says(event.polled.get(&key)) {
                let label = event.last().label();
                return format!("{label} polled {value} at offset {offset}");
            }
        }
        unreachable!("a log is made of what operations say")
    }
}
