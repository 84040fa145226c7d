//! The log, the state machine that its committed entries make, and the snapshots by which it is
//! compacted (sections 5.3 and 7).

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use mael::{Error, Field, FromInit, Init, Persistent, PersistentLog, Result};

use super::store::{Command, Registers};

/// A command, and the term in which a leader received it.
#[mael::message]
#[derive(Clone, PartialEq)]
pub(super) struct LogEntry {
    pub(super) term: u64,
    /// The id of the request that the command is from.
    pub(super) id: String,
    pub(super) command: Command,
}

/// The term and the index of an entry; both are 0 before the first one, whose index is 1.
///
/// Of two logs, the one whose last position is larger is more up-to-date: that is the one with the
/// later term or, in the same term, the longer one (section 5.4.1).
#[mael::message]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LogPosition {
    pub(super) term: u64,
    pub(super) index: usize,
}

/// The registers as the entries up to one of them have made them, in place of these entries.
#[mael::message]
#[derive(Clone, Default)]
pub(super) struct Snapshot {
    /// `lastIncludedIndex` and `lastIncludedTerm`.
    last_included: LogPosition,
    registers: Registers,
}

/// The outcome of a command: the value, if it was a read.
type CommandResult = Result<Option<i64>>;

/// The log and what its entries make.
///
/// A change of it is stored before it is acted on, so that a node that is killed has all that it
/// acknowledged. As it starts, the registers are those of the last snapshot; the entries behind it
/// are applied again as the node learns that they are committed.
pub(super) struct Log {
    entries: PersistentLog<LogEntry>,
    snapshot: Persistent<Snapshot>,
    /// `commitIndex` and `lastApplied`: entries are applied as soon as they are committed.
    commit_index: Cell<usize>,
    registers: RefCell<Registers>,
    /// By their indices, of the entries that were applied in this start and not discarded since.
    outcomes: RefCell<BTreeMap<usize, CommandResult>>,
}

impl Log {
    pub(super) fn commit_index(&self) -> usize {
        self.commit_index.get()
    }

    pub(super) fn last_index(&self) -> usize {
        self.entries.last_index()
    }

    /// The position of the last entry.
    pub(super) fn last(&self) -> LogPosition {
        self.position(self.last_index()).unwrap_or_default()
    }

    /// The position of the entry at this index; None if it was discarded, or there is none yet.
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

    /// Whether there is an entry of this term at this index. Two logs that both have one are the same
    /// up to it (the Log Matching property, section 5.3).
    pub(super) fn contains(&self, position: LogPosition) -> bool {
        self.position(position.index) == Some(position)
    }

    /// Copies of the entries behind this index, `most` at most.
    pub(super) fn copy_after(&self, index: usize, most: usize) -> Vec<LogEntry> {
        let entries = self.entries.after(index);
        let entries = entries.iter().flat_map(|entries| entries.iter());
        entries.take(most).cloned().collect()
    }

    /// The index of the entry of this request, behind `after`; None if there is none.
    ///
    /// # Errors
    /// Error 13 if entries behind `after` were discarded.
    pub(super) fn find_request(&self, id: &str, after: usize) -> Result<Option<usize>> {
        let Some(entries) = self.entries.after(after) else {
            let text = format!("the log does not have all entries behind {after}");
            return Err(Error::crash(text));
        };
        let place = entries.iter().position(|entry| entry.id == id);
        Ok(place.map(|place| after + 1 + place))
    }

    /// The outcome of the entry at this index; None if it has not been applied in this start of the
    /// node, or was discarded.
    pub(super) fn outcome(&self, index: usize) -> Option<CommandResult> {
        self.outcomes.borrow().get(&index).cloned()
    }

    /// Appends an entry, and returns its index.
    pub(super) fn push(&self, entry: LogEntry) -> Result<usize> {
        self.entries.push(entry)
    }

    /// AppendEntries. 3. If an existing entry conflicts with a new one (same index but different
    /// terms), delete it and all that follow it. 4. Append any new entries not already in the log.
    ///
    /// If all are there, what follows them stays: a message may come twice, or late, after the
    /// leader has sent more.
    pub(super) fn overwrite(&self, prev_index: usize, mut entries: Vec<LogEntry>) -> Result<()> {
        let index_of = |place| prev_index + 1 + place;
        let is_there = |(place, entry): (usize, &LogEntry)| {
            let existing = self.entries.get(index_of(place));
            existing.is_some_and(|existing| existing.term == entry.term)
        };
        let same = entries
            .iter()
            .enumerate()
            .take_while(|it| is_there(*it))
            .count();
        match entries.split_off(same) {
            new if new.is_empty() => Ok(()),
            new => self.entries.splice(prev_index + same, new),
        }
    }

    /// Commits the entries up to this index, of those that there are, and applies them.
    pub(super) fn commit_up_to(&self, index: usize, snapshot_interval: usize) -> Result<()> {
        for next in self.commit_index() + 1..=index {
            let outcome = match self.entries.get(next) {
                Some(entry) => self.registers.borrow_mut().apply(entry.command),
                None => break,
            };
            self.outcomes.borrow_mut().insert(next, outcome);
            self.commit_index.set(next);
            self.compact(snapshot_interval)?;
        }
        Ok(())
    }

    /// Takes a snapshot when it is due. Only after it is stored may the log discard entries, and only
    /// those that were in the snapshot before: so a follower that is a little behind gets entries, and
    /// storage has one copy of the registers and at most twice the interval of applied entries.
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
        self.outcomes
            .borrow_mut()
            .retain(|index, _| *index > before);
        Ok(())
    }

    /// The last snapshot.
    pub(super) fn snapshot(&self) -> Snapshot {
        self.snapshot.get()
    }

    /// InstallSnapshot: goes on from a leader's snapshot, unless as much is committed here.
    pub(super) fn install(&self, snapshot: Snapshot) -> Result<()> {
        if snapshot.last_included.index <= self.commit_index() {
            return Ok(());
        }
        self.snapshot.set(snapshot)?;
        self.restore()
    }

    /// Goes on from the stored snapshot. If the log has its last included entry, what follows that one
    /// is retained; otherwise the log is discarded (figure 13, 6 and 7). The node may have been
    /// killed in between, so this is done as it starts, too.
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
            outcomes: RefCell::default(),
        };
        log.restore()?;
        Ok(log)
    }
}
