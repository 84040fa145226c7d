//! The log of each key, reconstructed from sends and polls.

use mael_history::{Integer, Kind};

use super::clojure;
use super::events::{Event, KeyId, LogEntry, MessageId, Names};

/// The known part of a key's log.
#[derive(Default)]
pub(super) struct Log<'a> {
    /// The messages seen at each offset, in ascending order of offsets. There is one unless
    /// operations disagree, in which case the first represents the offset.
    pub(super) offsets: Vec<(&'a Integer, Vec<MessageId>)>,
}

/// The logs of all keys, and the positions of messages in them.
///
/// Offsets may have gaps, so positions are counted by *index*: the first offset of a log at which a
/// message was seen has index 0, the next one index 1.
pub(super) struct Logs<'a> {
    pub(super) by_key: Vec<Log<'a>>,
    /// The index of each message that represents its offset; the last, if it represents several.
    chosen: Vec<Option<usize>>,
    first: Vec<Option<usize>>,
    last: Vec<Option<usize>>,
}

impl Log<'_> {
    /// Returns the message that represents an index.
    pub(super) fn message(&self, index: usize) -> MessageId {
        self.offsets[index].1[0]
    }
}

impl<'a> Logs<'a> {
    /// Reconstructs logs. Sends count if `committed`, polls always.
    pub(super) fn new(
        events: &[Event<'a>],
        names: &Names<'_>,
        committed: impl Fn(&Event<'_>) -> bool,
    ) -> Self {
        let mut entries: Vec<Vec<(&'a Integer, MessageId)>> = vec![Vec::new(); names.keys()];
        let mut add = |key: KeyId, entry: &LogEntry<'a>| {
            if let Some(offset) = entry.offset {
                entries[key].push((offset, entry.message));
            }
        };
        for event in events {
            let sent = event.sent.iter().filter(|_| committed(event));
            for (key, seen) in sent.chain(&event.polled) {
                seen.iter().for_each(|entry| add(*key, entry));
            }
        }
        let mut logs = Self {
            by_key: Vec::new(),
            chosen: vec![None; names.messages()],
            first: vec![None; names.messages()],
            last: vec![None; names.messages()],
        };
        for mut entries in entries {
            entries.sort_unstable();
            entries.dedup();
            logs.push(&entries, names);
        }
        logs
    }

    fn push(&mut self, entries: &[(&'a Integer, MessageId)], names: &Names<'_>) {
        let mut log = Log::default();
        for (index, at) in entries.chunk_by(|a, b| a.0 == b.0).enumerate() {
            let mut messages: Vec<MessageId> = at.iter().map(|(_, message)| *message).collect();
            messages.sort_by_cached_key(|message| clojure::rank(names.message_value(*message)));
            self.chosen[messages[0]] = Some(index);
            for message in &messages {
                self.first[*message].get_or_insert(index);
                self.last[*message] = Some(index);
            }
            log.offsets.push((at[0].0, messages));
        }
        self.by_key.push(log);
    }

    /// Returns the first index of a message.
    pub(super) fn first(&self, message: MessageId) -> Option<usize> {
        self.first[message]
    }

    /// Returns the last index of a message.
    pub(super) fn last(&self, message: MessageId) -> Option<usize> {
        self.last[message]
    }

    /// Returns the distance in the log from one message to another of its key; 1, the correct
    /// distance, if it is not known.
    pub(super) fn distance(&self, from: MessageId, to: MessageId) -> i64 {
        match (self.chosen[from], self.chosen[to]) {
            (Some(from), Some(to)) => to as i64 - from as i64,
            _ => 1,
        }
    }

    /// Returns the messages between two messages whose positions are known, the first before the
    /// second.
    pub(super) fn between(&self, key: KeyId, from: MessageId, to: MessageId) -> Vec<MessageId> {
        match (self.chosen[from], self.chosen[to]) {
            (Some(from), Some(to)) => (from + 1..to)
                .map(|index| self.by_key[key].message(index))
                .collect(),
            _ => Vec::new(),
        }
    }
}

/// Returns whether an operation certainly took effect, given whether a message was polled.
pub(super) fn committed(event: &Event<'_>, polled: impl Fn(MessageId) -> bool) -> bool {
    match event.kind() {
        Kind::Ok => true,
        Kind::Info => event
            .sent
            .values()
            .flatten()
            .any(|sent| polled(sent.message)),
        Kind::Fail | Kind::Invoke => false,
    }
}
