//! The bounds of an exploration, and incorrect variants of the protocol.

use std::thread;

use mael::lock::protocol::ChangeStatus;
use stateright::{Checker, HasDiscoveries, Model};

use crate::exhaustive::state::{Node, Register, Request};

/// The register records only the last commit, so that outcomes can be unknown.
pub(crate) const RECORDED_COMMITS: usize = 1;

fn commits_of(register: &Register) -> impl Iterator<Item = u64> {
    register.commits.iter().map(|(_, epoch)| *epoch)
}

/// The protocol and its incorrect variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rules {
    /// The correct protocol.
    Right,
    /// A commit compares only the owner of the lock, not the epoch.
    CommitOfAnyEpoch,
    /// Any later commit counts as the node's own.
    AnyLaterCommitIsMine,
    /// An acquisition is retried with a new epoch instead of unchanged.
    RepeatedWithNewEpoch,
    /// A rejected commit counts as lost, although an earlier copy of it may have succeeded.
    RefusedIsLost,
    /// A hold whose outcome is unknown counts as lost.
    UnknownIsLost,
    /// An acquisition does not raise the epoch.
    AcquiredInSameEpoch,
    /// A commit from the same register counts as the node's own, regardless of who made it.
    AnyCommitFromThereIsMine,
}

/// The bounds of an exploration.
#[derive(Clone, Debug)]
pub(crate) struct Lock {
    pub(crate) rules: Rules,
    /// The number of changes that the callers of each node request.
    pub(crate) changes: Vec<usize>,
    /// The last epoch in which requests are sent.
    pub(crate) last_epoch: u64,
}

impl Lock {
    pub(crate) fn new(rules: Rules, changes: &[usize], last_epoch: u64) -> Self {
        Self {
            rules,
            changes: changes.to_vec(),
            last_epoch,
        }
    }

    /// Explores the state space until `end` is satisfied.
    pub(crate) fn explore(self, end: HasDiscoveries) -> impl Checker<Self> {
        let checker = self
            .checker()
            .threads(thread::available_parallelism().map_or(1, usize::from))
            .finish_when(end)
            .spawn_bfs()
            .join();
        println!(
            "{:?}: {} states, {} steps deep",
            checker.model(),
            checker.unique_state_count(),
            checker.max_depth()
        );
        checker
    }

    /// Returns the register that a node writes when it acquires the lock.
    pub(crate) fn acquired(&self, from: &Register, node: Node) -> Register {
        let to = from.acquired(node);
        match self.rules {
            Rules::AcquiredInSameEpoch => Register {
                epoch: from.epoch,
                ..to
            },
            _ => to,
        }
    }

    /// Returns true if the register is what a request expects.
    pub(crate) fn matches(&self, request: &Request, register: &Register) -> bool {
        match self.rules {
            Rules::CommitOfAnyEpoch if request.is_commit() => register.owner == request.from.owner,
            _ => *register == request.from,
        }
    }

    pub(crate) fn commit_status(
        &self,
        node: Node,
        held: &Register,
        seen: &Register,
    ) -> ChangeStatus {
        match (
            self.rules,
            held.commit_status(&node, seen, RECORDED_COMMITS),
        ) {
            (Rules::AnyCommitFromThereIsMine, ChangeStatus::Lost)
                if commits_of(seen).any(|epoch| epoch == held.epoch + 1) =>
            {
                ChangeStatus::Done
            }
            (Rules::AnyLaterCommitIsMine, ChangeStatus::Unknown)
                if commits_of(seen).any(|epoch| epoch > held.epoch) =>
            {
                ChangeStatus::Done
            }
            (Rules::UnknownIsLost, ChangeStatus::Unknown) => ChangeStatus::Lost,
            (_, status) => status,
        }
    }

    pub(crate) fn is_within(&self, to: &Register) -> bool {
        to.epoch <= self.last_epoch
    }
}
