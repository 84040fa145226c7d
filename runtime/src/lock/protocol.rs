//! The protocol of the lock, without its I/O: the contents of the register, its changes, and what a
//! node can conclude from reading it.
//!
//! # Why it is safe
//!
//! All changes are compare-and-sets of one register of a linearizable store.
//!
//! 1. *Every change raises the epoch by exactly one*, and no change lowers it. So the register
//!    never holds the same value twice, and a compare-and-set takes effect at most once, however
//!    often it is sent and however late it arrives. Of those that start from the same epoch, one
//!    succeeds.
//! 2. *A commit starts from one epoch:* that of the lock's holder, or that of a free register, in
//!    which case the commit acquires the lock, changes the value and releases the lock at once. If
//!    another node has changed the register, the epoch is higher, and the commit fails: a holder
//!    that was taken over changes nothing, and neither does a node that never acquired the lock.
//!    Leases matter for liveness only: safety does not depend on when they are considered expired.
//! 3. *The value changes only in a commit*, and a committed value is computed from the value that
//!    the commit starts from, which is the last committed one. So no commit is lost, and each value
//!    is the successor of the one before it.
//! 4. *A commit that was never sent has no effect.* So a holder that reads a higher epoch before it
//!    commits knows that its transaction is lost, and can run it again.
//! 5. *`commits` records the last commit of each owner*, by the epoch that it made. A commit from
//!    epoch e makes epoch e + 1, and only one commit from an epoch succeeds. So a node whose reply
//!    was lost, and that finds itself there with e + 1, has committed. Otherwise it has not and,
//!    since the epoch is higher, never will. The register records a limited number of owners, so
//!    that it does not grow with each restart. If all of them committed after e + 1, the node may
//!    have been dropped from the record, and the outcome is unknown.
//!
//! The tests of this module and an exhaustive exploration with delayed, lost and repeated messages
//! check these five properties.

use serde::{Deserialize, Serialize};

/// The contents of the register of a lock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Register<O, V> {
    /// The holder of the lock; None if it is free.
    pub owner: Option<O>,
    /// The number of changes of the register so far.
    pub epoch: u64,
    /// The last commit of each owner, by the epoch that it made, in ascending order.
    pub commits: Vec<(O, u64)>,
    /// The last committed value.
    pub value: V,
}

/// The status of a change, as far as the register shows it to its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeStatus {
    /// The change was made.
    Done,
    /// The change was not made yet; the same request can be sent again.
    Retry,
    /// The change was not made and never will be. An acquisition may also have been made and taken
    /// over since.
    Lost,
    /// Whether the change was made is unknown.
    Unknown,
}

impl<O: Clone + PartialEq, V: Clone> Register<O, V> {
    /// Returns the register after `owner` has acquired the lock, whether it was free or is taken
    /// over.
    #[must_use]
    pub fn acquired(&self, owner: O) -> Self {
        Self {
            owner: Some(owner),
            epoch: self.epoch + 1,
            ..self.clone()
        }
    }

    /// Returns the register after `by`, which is its owner unless the lock is free, has committed
    /// `value` and released the lock. It records the last commits of `recorded` owners.
    #[must_use]
    pub fn committed(&self, by: O, value: V, recorded: usize) -> Self {
        let epoch = self.epoch + 1;
        let others = self.commits.iter().filter(|(other, _)| *other != by);
        let mut commits: Vec<(O, u64)> = others.cloned().collect();
        commits.push((by, epoch));
        commits.drain(..commits.len().saturating_sub(recorded));
        Self {
            owner: None,
            epoch,
            commits,
            value,
        }
    }

    /// Returns the status of the acquisition that makes this register, given the register `seen` in
    /// the store.
    pub fn acquire_status(&self, seen: &Self) -> ChangeStatus {
        if seen.epoch < self.epoch {
            ChangeStatus::Retry
        } else if seen.epoch == self.epoch && seen.owner == self.owner {
            ChangeStatus::Done
        } else {
            ChangeStatus::Lost
        }
    }

    /// Whether the owner of this register has lost the lock, given the register `seen` in the
    /// store. Meaningful only before the owner has sent a commit.
    pub fn is_lost(&self, seen: &Self) -> bool {
        seen.epoch != self.epoch
    }

    /// Returns the status of a commit of `by` from this register, given the register `seen` in the
    /// store, which records the last commits of `recorded` owners.
    pub fn commit_status(&self, by: &O, seen: &Self, recorded: usize) -> ChangeStatus {
        let mut commits = seen.commits.iter();
        let mine = commits.find(|(owner, _)| owner == by);
        let is_dropped = |(_, oldest): &(O, u64)| *oldest > self.epoch + 1;
        if seen.epoch == self.epoch {
            ChangeStatus::Retry
        } else if mine.is_some_and(|(_, epoch)| *epoch == self.epoch + 1) {
            ChangeStatus::Done
        } else if seen.commits.len() == recorded && seen.commits.first().is_some_and(is_dropped) {
            ChangeStatus::Unknown
        } else {
            ChangeStatus::Lost
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEPT: usize = 2;

    fn free() -> Register<char, u32> {
        Register {
            owner: None,
            epoch: 6,
            commits: vec![('y', 4), ('z', 6)],
            value: 40,
        }
    }

    #[test]
    fn acquired_keeps_the_value_and_committed_replaces_it() {
        let held = free().acquired('a');
        assert_eq!((held.owner, held.epoch, held.value), (Some('a'), 7, 40));
        assert_eq!(held.commits, free().commits);
        let free = held.committed('a', 41, KEPT);
        assert_eq!((free.owner, free.epoch, free.value), (None, 8, 41));
        assert_eq!(free.commits, [('z', 6), ('a', 8)]);
    }

    #[test]
    fn commit_status_distinguishes_commits_from_take_overs() {
        let held = free().acquired('a');
        let (done, taken_over) = (held.committed('a', 41, KEPT), held.acquired('b'));
        let status = |seen| held.commit_status(&'a', &seen, KEPT);
        assert_eq!(status(held.clone()), ChangeStatus::Retry);
        assert_eq!(status(done.clone()), ChangeStatus::Done);
        assert_eq!(status(done.acquired('b')), ChangeStatus::Done);
        assert_eq!(status(done.committed('b', 50, KEPT)), ChangeStatus::Done);
        assert_eq!(status(taken_over.clone()), ChangeStatus::Lost);
        assert_eq!(status(taken_over.acquired('c')), ChangeStatus::Lost);
        let after = taken_over.committed('b', 50, KEPT);
        assert_eq!(status(after.clone()), ChangeStatus::Lost);
        assert_eq!(
            status(after.committed('c', 60, KEPT)),
            ChangeStatus::Unknown
        );
    }

    #[test]
    fn the_lock_is_lost_once_the_epoch_is_higher() {
        let held = free().acquired('a');
        assert!(!held.is_lost(&held));
        assert!(held.is_lost(&held.acquired('b')));
        assert!(held.is_lost(&held.acquired('b').committed('b', 50, KEPT)));
    }

    #[test]
    fn acquire_status_distinguishes_owners() {
        let held = free().acquired('a');
        assert_eq!(held.acquire_status(&free()), ChangeStatus::Retry);
        assert_eq!(held.acquire_status(&held), ChangeStatus::Done);
        assert_eq!(
            held.acquire_status(&free().acquired('b')),
            ChangeStatus::Lost
        );
        assert_eq!(held.acquire_status(&held.acquired('b')), ChangeStatus::Lost);
    }

    #[test]
    fn one_of_two_commits_from_a_free_register_is_made() {
        let base = free();
        let status = |seen| base.commit_status(&'a', &seen, KEPT);
        let (first, second) = (base.committed('a', 41, KEPT), base.committed('b', 50, KEPT));
        assert_eq!((first.owner, first.epoch), (None, 7));
        assert_eq!(status(base.clone()), ChangeStatus::Retry);
        assert_eq!(status(first.clone()), ChangeStatus::Done);
        assert_eq!(status(second), ChangeStatus::Lost);
        assert_eq!(status(base.acquired('b')), ChangeStatus::Lost);
        let by_others = first.committed('b', 60, KEPT).committed('c', 70, KEPT);
        assert_eq!(status(by_others), ChangeStatus::Unknown);
    }
}
