//! The protocol with its bounds, and ways to get it wrong.

use std::thread;

use mael::lock::protocol::ChangeStatus;
use stateright::{Checker, HasDiscoveries, Model};

use crate::exhaustive::state::{Node, Register, Request};

/// The register tells of one commit only, so that outcomes can be unknown.
pub(crate) const KEPT: usize = 1;

fn commits_of(register: &Register) -> impl Iterator<Item = u64> {
    register.commits.iter().map(|(_, epoch)| *epoch)
}

/// The protocol, and ways to get it wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rules {
    /// As it is.
    Right,
    /// A commit asks only who owns the lock, not since when.
    CommitOfAnyEpoch,
    /// Any commit since counts as one's own.
    AnyLaterCommitIsMine,
    /// An acquisition is repeated with a new epoch, not as it was.
    RepeatedWithNewEpoch,
    /// A commit that is refused is taken to have failed, though it may have been repeated.
    RefusedIsLost,
    /// A hold that is over without its owner knowing how is taken to be lost.
    UnknownIsLost,
    /// An acquisition does not raise the epoch.
    AcquiredInSameEpoch,
    /// A commit from the same register counts as one's own, whoever made it.
    AnyCommitFromThereIsMine,
}

/// The bounds of an exploration.
#[derive(Clone, Debug)]
pub(crate) struct Lock {
    pub(crate) rules: Rules,
    /// How many changes the callers of each node want.
    pub(crate) changes: Vec<usize>,
    /// Beyond this epoch nothing is sent.
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

    /// Explores all there is, or only up to `end`.
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

    /// The register that a node makes when it acquires the lock.
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

    /// Whether the store finds what a request expects.
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
        match (self.rules, held.commit_status(&node, seen, KEPT)) {
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
