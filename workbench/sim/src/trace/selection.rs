//! The events that a trace shows.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use mael_history::{Kind, Operation, Process};

use super::operation::{concerns, node_of};
use crate::Options;
use crate::recorded::Journaled;

/// The events that a trace shows: by default, all operations, faults, and messages between servers
/// since all nodes were initialized. Requests and replies of clients, which operations show anyway,
/// are only shown with an [operation](Self::operation), or if their receiver is down.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// The earliest time.
    pub from: Duration,
    /// The latest time.
    pub to: Option<Duration>,
    /// Only what these nodes are asked, send and receive, and the faults that concern them, unless
    /// this is empty.
    pub nodes: BTreeSet<String>,
    /// Only this operation, the faults while it is pending, and the messages that it causes.
    pub operation: Option<SelectedOperation>,
    /// Whether invocations are shown with their index in the history.
    pub shows_indexes: bool,
}

/// An operation, from its invocation to its completion.
#[derive(Clone, Debug)]
pub struct SelectedOperation {
    /// The process.
    pub process: usize,
    /// The index of the invocation in the history.
    pub index: usize,
    /// When it is invoked, in nanoseconds of the history.
    pub invoked: u64,
    /// When it completes, if it does.
    pub completed: Option<u64>,
}

impl SelectedOperation {
    /// Finds the operation whose invocation or completion has an index. Returns `None` if there is
    /// none.
    ///
    /// # Errors
    /// The first error of the history.
    pub fn find(
        history: impl Iterator<Item = anyhow::Result<Operation>>,
        index: usize,
    ) -> anyhow::Result<Option<Self>> {
        let mut pending = BTreeMap::new();
        for entry in history {
            let entry = entry?;
            let Process::Client(process) = entry.process else {
                continue;
            };
            if entry.kind == Kind::Invoke {
                let operation = Self {
                    process,
                    index: entry.index,
                    invoked: entry.time,
                    completed: None,
                };
                pending.insert(process, operation);
            } else if let Some(mut operation) = pending.remove(&process)
                && (operation.index == index || entry.index == index)
            {
                operation.completed = Some(entry.time);
                return Ok(Some(operation));
            }
        }
        Ok(pending.into_values().find(|it| it.index == index))
    }

    /// Whether the operation is pending at a time of the history.
    pub(super) fn is_pending(&self, time: u64) -> bool {
        self.invoked <= time && self.completed.is_none_or(|completed| time <= completed)
    }
}

impl Selection {
    /// Whether a time of the history, in nanoseconds, is selected.
    pub(super) fn has_time(&self, time: u64) -> bool {
        let time = Duration::from_nanos(time);
        self.from <= time && self.to.is_none_or(|to| time <= to)
    }

    /// Whether all selected times precede a time of the history.
    pub(super) fn is_before(&self, time: u64) -> bool {
        self.to.is_some_and(|to| Duration::from_nanos(time) > to)
    }

    /// Whether an entry of the history is selected.
    pub(super) fn has_operation(&self, entry: &Operation, options: &Options) -> bool {
        if !self.has_time(entry.time) {
            return false;
        }
        if let Some(operation) = &self.operation {
            return operation.is_pending(entry.time)
                && match entry.process {
                    Process::Client(process) => process == operation.process,
                    Process::Nemesis => true,
                    Process::Named(_) => false,
                };
        }
        if self.nodes.is_empty() {
            return true;
        }
        match node_of(&entry.process, options) {
            Some(node) => self.nodes.contains(node),
            None => self.nodes.iter().any(|node| concerns(entry, node)),
        }
    }

    /// Whether a message is selected, apart from its time.
    pub(super) fn has_message<B>(&self, message: &Journaled<B>) -> bool {
        let has = |name: &str| self.nodes.contains(name);
        self.nodes.is_empty() || has(&message.src) || has(&message.dest)
    }
}
