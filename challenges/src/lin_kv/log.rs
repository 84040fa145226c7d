//! The log: every change goes to storage first, then to memory.

use mael::Storage;

use super::store::Request;

/// The name of the list in storage.
const RECORD: &str = "log";

/// How many entries one message carries at most.
const BATCH: usize = 100;

/// Where an entry is. Of two logs, the one whose last position is larger is more up to date
/// (section 5.4.1): the term decides, then the length.
#[mael::message]
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    pub(super) term: u64,
    /// Counted from 1; 0 is the place before the first entry.
    pub(super) index: usize,
}

/// What is to be applied, and the term in which a leader received it.
#[mael::message]
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) term: u64,
    /// None for the entry with which a leader begins its term (section 8).
    pub(super) request: Option<Request>,
}

/// A change of the log: these entries follow the one at index `after`, and nothing else does. A
/// list of changes is what storage keeps, so that one write both truncates and appends.
#[mael::message]
struct Change {
    after: usize,
    entries: Vec<Entry>,
}

#[derive(Default)]
pub(super) struct Log {
    entries: Vec<Entry>,
}

impl Log {
    /// The log as it was stored.
    pub(super) fn read(storage: &Storage) -> mael::Result<Self> {
        let mut log = Self::default();
        for change in storage.read_all(RECORD)? {
            log.change(change);
        }
        Ok(log)
    }

    /// Where the last entry is.
    pub(super) fn last(&self) -> Position {
        let term = self.entries.last().map_or(0, |entry| entry.term);
        let index = self.entries.len();
        Position { term, index }
    }

    /// Where the entry of this index is; None if there is no such entry.
    pub(super) fn position(&self, index: usize) -> Option<Position> {
        let before = self.entries.get(..index)?;
        let term = before.last().map_or(0, |entry| entry.term);
        Some(Position { term, index })
    }

    /// The entries behind an index, as many as one message carries.
    pub(super) fn batch_after(&self, index: usize) -> &[Entry] {
        let end = self.entries.len().min(index + BATCH);
        &self.entries[index..end]
    }

    /// The entries behind `after`, up to and including the one at `to`.
    pub(super) fn between(&self, after: usize, to: usize) -> &[Entry] {
        self.entries.get(after..to).unwrap_or_default()
    }

    /// Where a leader should go on whose log has an entry at `previous` that is not here: behind
    /// all entries, or before those of the term that is here instead (end of section 5.3).
    pub(super) fn back_from(&self, previous: Position) -> usize {
        match self.position(previous.index) {
            None => self.entries.len(),
            Some(here) => self.entries.partition_point(|entry| entry.term < here.term),
        }
    }

    /// Adds a leader's own entry.
    pub(super) fn append(&mut self, storage: &Storage, entry: Entry) -> mael::Result<()> {
        self.store(storage, self.entries.len(), vec![entry])
    }

    /// Takes a leader's entries, which follow the one at `after`. From the first that differs from
    /// what is here, they replace it; a message that is old and says less cuts nothing off.
    pub(super) fn accept(
        &mut self,
        storage: &Storage,
        after: usize,
        mut entries: Vec<Entry>,
    ) -> mael::Result<()> {
        let pairs = entries.iter().zip(&self.entries[after..]);
        let known = pairs.take_while(|(new, old)| new.term == old.term).count();
        let new = entries.split_off(known);
        if new.is_empty() {
            return Ok(());
        }
        self.store(storage, after + known, new)
    }

    fn store(&mut self, storage: &Storage, after: usize, entries: Vec<Entry>) -> mael::Result<()> {
        let change = Change { after, entries };
        storage.append(RECORD, &change)?;
        self.change(change);
        Ok(())
    }

    fn change(&mut self, change: Change) {
        self.entries.truncate(change.after);
        self.entries.extend(change.entries);
    }
}
