//! The log, the state machine to which its committed entries are applied, and snapshots (sections
//! 5.3 and 7).

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use mael::{Error, Field, FromInit, Init, Persistent, PersistentLog, Result};

use super::store::{Command, Registers};

/// A command, and the term in which a leader received it.
#[mael::message]
#[derive(Clone, PartialEq)]
pub(super) struct LogEntry {
    pub(super) term: u64,
    /// The ID of the request.
    pub(super) id: String,
    pub(super) command: Command,
}

/// The term and the index of an entry. The first entry has index 1; before it, both are 0.
///
/// Positions are ordered so that of two logs, the one with the larger last position is more
/// up-to-date: the one with the later term or, in the same term, the longer one (section 5.4.1).
#[mael::message]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LogPosition {
    pub(super) term: u64,
    pub(super) index: usize,
}

/// The registers after the entries up to `last_included` were applied. It replaces these entries.
#[mael::message]
#[derive(Clone, Default)]
pub(super) struct Snapshot {
    /// `lastIncludedIndex` and `lastIncludedTerm`.
    last_included: LogPosition,
    registers: Registers,
}

/// The result of a command: the value, if it is a read.
type CommandResult = Result<Option<i64>>;

/// The log and the state machine.
///
/// A change is stored before the node acts on it, so that a restarted node has everything that it
/// acknowledged. After a start, the registers are those of the last snapshot; the entries after it
/// are applied again when the node learns that they are committed.
pub(super) struct Log {
    entries: PersistentLog<LogEntry>,
    snapshot: Persistent<Snapshot>,
    /// `commitIndex` and `lastApplied`: entries are applied as soon as they are committed.
    commit_index: Cell<usize>,
    registers: RefCell<Registers>,
    /// The results of entries by index, since the node started and unless the entries were
    /// discarded.
    results: RefCell<BTreeMap<usize, CommandResult>>,
}

impl Log {
    pub(super) fn commit_index(&self) -> usize {
        self.commit_index.get()
    }

    pub(super) fn last_index(&self) -> usize {
        self.entries.last_index()
    }

    /// Returns the position of the last entry.
    pub(super) fn last(&self) -> LogPosition {
        self.position(self.last_index()).unwrap_or_default()
    }

    /// Returns the position of the entry at this index. None if the entry was discarded or does not
    /// exist yet.
    pub(super) fn position(&self, index: usize) -> Option<LogPosition> {
        let last_included = self.snapshot.borrow().last_included;
        match index {
            0 if self.entries.first_index() == 1 => Some(LogPosition::default()),
            _ if index == last_included.index => Some(last_included),
            _ => {
                let term = self.entries.get(index)?.term;
                Some(LogPosition { term, index })
            }
        }
    }

    /// Whether there is an entry with this term at this index. Two logs that both have one are
    /// identical up to it (the Log Matching Property, section 5.3).
    pub(super) fn contains(&self, position: LogPosition) -> bool {
        self.position(position.index) == Some(position)
    }

    /// Copies of at most `max` entries after this index.
    pub(super) fn copy_after(&self, index: usize, max: usize) -> Vec<LogEntry> {
        let entries = self.entries.after(index);
        let entries = entries.iter().flat_map(|entries| entries.iter());
        entries.take(max).cloned().collect()
    }

    /// Returns the index of the entry of this request, if there is one after `after`.
    ///
    /// # Errors
    /// Returns error 13 if entries after `after` were discarded.
    pub(super) fn find_request(&self, id: &str, after: usize) -> Result<Option<usize>> {
        let Some(entries) = self.entries.after(after) else {
            let text = format!("the log does not have all entries after {after}");
            return Err(Error::crash(text));
        };
        let offset = entries.iter().position(|entry| entry.id == id);
        Ok(offset.map(|offset| after + 1 + offset))
    }

    /// Returns the result of the entry at this index. None if it has not been applied since the
    /// node started, or was discarded.
    pub(super) fn result(&self, index: usize) -> Option<CommandResult> {
        self.results.borrow().get(&index).cloned()
    }

    /// Appends an entry, and returns its index.
    pub(super) fn push(&self, entry: LogEntry) -> Result<usize> {
        self.entries.push(entry)
    }

    /// AppendEntries, rules 3 and 4: if an existing entry conflicts with a new one (same index but
    /// different terms), delete the existing entry and all that follow it; append any new entries
    /// not already in the log.
    ///
    /// If the log has all new entries already, the entries after them are kept: the message may be
    /// a duplicate, or arrive after newer ones.
    pub(super) fn overwrite(&self, prev_index: usize, mut entries: Vec<LogEntry>) -> Result<()> {
        let index_of = |offset| prev_index + 1 + offset;
        let exists = |(offset, entry): (usize, &LogEntry)| {
            let existing = self.entries.get(index_of(offset));
            existing.is_some_and(|existing| existing.term == entry.term)
        };
        let same = entries
            .iter()
            .enumerate()
            .take_while(|it| exists(*it))
            .count();
        match entries.split_off(same) {
            new if new.is_empty() => Ok(()),
            new => self.entries.splice(prev_index + same, new),
        }
    }

    /// Commits and applies the entries up to this index, as far as the log has them.
    pub(super) fn commit_up_to(&self, index: usize, snapshot_interval: usize) -> Result<()> {
        for next in self.commit_index() + 1..=index {
            let result = match self.entries.get(next) {
                Some(entry) => self.registers.borrow_mut().apply(entry.command),
                None => break,
            };
            self.results.borrow_mut().insert(next, result);
            self.commit_index.set(next);
            self.compact(snapshot_interval)?;
        }
        Ok(())
    }

    /// Takes a snapshot when one is due. After it is stored, the log discards the entries that the
    /// previous snapshot includes. So a follower that lags only a little receives entries rather
    /// than a snapshot, and storage contains one copy of the registers and at most twice as many
    /// applied entries as the snapshot interval.
    fn compact(&self, snapshot_interval: usize) -> Result<()> {
        let before = self.snapshot.borrow().last_included.index;
        let is_due = self.commit_index() >= before + snapshot_interval;
        let last_applied = self.position(self.commit_index());
        let Some(last_included) = last_applied.filter(|_| is_due) else {
            return Ok(());
        };
        self.snapshot.set(Snapshot {
            last_included,
            registers: self.registers.borrow().clone(),
        })?;
        self.entries.drop_up_to(before)?;
        self.results.borrow_mut().retain(|index, _| *index > before);
        Ok(())
    }

    /// Returns the last snapshot.
    pub(super) fn snapshot(&self) -> Snapshot {
        self.snapshot.get()
    }

    /// InstallSnapshot: replaces the state by a leader's snapshot, unless all of its entries are
    /// committed on this node.
    pub(super) fn install(&self, snapshot: Snapshot) -> Result<()> {
        if snapshot.last_included.index <= self.commit_index() {
            return Ok(());
        }
        self.snapshot.set(snapshot)?;
        self.restore()
    }

    /// Restores the state from the stored snapshot. If the log has the snapshot's last included
    /// entry, the entries after it are retained; otherwise the log is discarded (figure 13, rules 6
    /// and 7). The node may be killed before this, so it is also done at the start.
    fn restore(&self) -> Result<()> {
        let snapshot = self.snapshot.borrow();
        let LogPosition { term, index } = snapshot.last_included;
        let follows = self.entries.first_index() - 1 == index;
        let retains = follows
            || self
                .entries
                .get(index)
                .is_some_and(|entry| entry.term == term);
        if !retains {
            self.entries.restart(index)?;
        }
        self.registers.replace(snapshot.registers.clone());
        self.commit_index.set(index);
        Ok(())
    }
}

impl FromInit for Log {
    fn from_init(init: &Init, field: &Field) -> Result<Self> {
        let log = Self {
            entries: FromInit::from_init(init, field)?,
            snapshot: FromInit::from_init(init, field)?,
            commit_index: Cell::new(0),
            registers: RefCell::default(),
            results: RefCell::default(),
        };
        log.restore()?;
        Ok(log)
    }
}
