//! The lock's protocol, apart from its IO: what the register holds, how it changes, and what a
//! node may conclude from what it reads.
//!
//! # Why it is safe
//!
//! Everything happens in one register of a linearizable store, by compare-and-set.
//!
//! 1. *Every change raises the epoch by exactly one*, and no change ever lowers it. So a value of
//!    the register never comes back, a compare-and-set takes effect at most once however often it
//!    is repeated or how late it arrives, and among those that start from the same epoch one wins.
//! 2. *A commit starts from one epoch:* that of the holder, or that of a register that was free, in
//!    which case the commit acquires the lock, changes the value and releases it in one. If another
//!    node has changed the register, the epoch has moved, and the commit fails: a holder that was
//!    taken over has changed nothing, nor has one that never came to hold the lock. It does not
//!    matter whether a lease was judged rightly; leases are there for progress only.
//! 3. *The value changes only in a commit*, and a commit's value is made from the one that it
//!    starts from, which is the last committed one: no commit is lost, and each is the successor of
//!    the one before it.
//! 4. *A commit that was never sent is never made.* So a holder that finds the epoch moved before
//!    it commits knows that its hold is lost, and may start again.
//! 5. *`commits` tells of each owner when it committed last*, in the epoch that this made. A commit
//!    from epoch e makes epoch e + 1, and of those from one epoch one is made. So a node whose reply
//!    was lost, and that finds itself there with e + 1, has committed; otherwise it has not and,
//!    since the epoch has moved, never will. Only so many owners are kept, lest the register grow
//!    with each restart; if all that are kept have committed after e + 1, the node may have been
//!    among those that are not, and the outcome is unknown.
//!
//! The tests of this module and an exhaustive exploration with delayed, lost and repeated messages
//! hold these five.

use serde::{Deserialize, Serialize};

/// What the register of a lock holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Register<O, V> {
    /// Who holds the lock.
    pub owner: Option<O>,
    /// How often the register has changed.
    pub epoch: u64,
    /// Who committed last, and the epoch that this made: each owner once, the last one at the end.
    pub commits: Vec<(O, u64)>,
    /// What the last commit left.
    pub value: V,
}

/// What a node knows of a change that it tried to make, once it has read the register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It was made.
    Done,
    /// It is not made yet; the very same change may be tried again.
    Retry,
    /// It was not made, and never will be. (Or, of an acquisition: it was, and is lost again.)
    Lost,
    /// It can't be told whether it was made.
    Unknown,
}

impl<O: Clone + PartialEq, V: Clone> Register<O, V> {
    /// The register once `owner` has acquired the lock from here, be it free or taken over.
    #[must_use]
    pub fn acquired(&self, owner: O) -> Self {
        Self {
            owner: Some(owner),
            epoch: self.epoch + 1,
            ..self.clone()
        }
    }

    /// The register once `by` has committed `value` and released the lock: its holder, or anybody
    /// if it is free. It tells of the last commits of `kept` owners.
    #[must_use]
    pub fn committed(&self, by: O, value: V, kept: usize) -> Self {
        let epoch = self.epoch + 1;
        let others = self.commits.iter().filter(|(other, _)| *other != by);
        let mut commits: Vec<(O, u64)> = others.cloned().collect();
        commits.push((by, epoch));
        commits.drain(..commits.len().saturating_sub(kept));
        Self {
            owner: None,
            epoch,
            commits,
            value,
        }
    }

    /// What became of the acquisition that was to make this register, now that `seen` is read.
    pub fn settle_acquire(&self, seen: &Self) -> Settled {
        if seen.epoch < self.epoch {
            Settled::Retry
        } else if seen.epoch == self.epoch && seen.owner == self.owner {
            Settled::Done
        } else {
            Settled::Lost
        }
    }

    /// Whether the hold that this register is has been lost before any commit of it was sent, now
    /// that `seen` is read.
    pub fn is_lost(&self, seen: &Self) -> bool {
        seen.epoch != self.epoch
    }

    /// What became of the commit that `by` made from this register, now that `seen` is read, which
    /// tells of the last commits of `kept` owners.
    pub fn settle_commit(&self, by: &O, seen: &Self, kept: usize) -> Settled {
        let mut commits = seen.commits.iter();
        let mine = commits.find(|(owner, _)| owner == by);
        let is_forgotten = |(_, oldest): &(O, u64)| *oldest > self.epoch + 1;
        if seen.epoch == self.epoch {
            Settled::Retry
        } else if mine.is_some_and(|(_, epoch)| *epoch == self.epoch + 1) {
            Settled::Done
        } else if seen.commits.len() == kept && seen.commits.first().is_some_and(is_forgotten) {
            Settled::Unknown
        } else {
            Settled::Lost
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
    fn an_acquisition_keeps_the_value_and_a_commit_replaces_it() {
        let held = free().acquired('a');
        assert_eq!((held.owner, held.epoch, held.value), (Some('a'), 7, 40));
        assert_eq!(held.commits, free().commits);
        let free = held.committed('a', 41, KEPT);
        assert_eq!((free.owner, free.epoch, free.value), (None, 8, 41));
        assert_eq!(free.commits, [('z', 6), ('a', 8)]);
    }

    #[test]
    fn a_commit_is_told_from_a_take_over() {
        let held = free().acquired('a');
        let (done, taken_over) = (held.committed('a', 41, KEPT), held.acquired('b'));
        let settle = |seen| held.settle_commit(&'a', &seen, KEPT);
        assert_eq!(settle(held.clone()), Settled::Retry);
        assert_eq!(settle(done.clone()), Settled::Done);
        assert_eq!(settle(done.acquired('b')), Settled::Done);
        assert_eq!(settle(done.committed('b', 50, KEPT)), Settled::Done);
        assert_eq!(settle(taken_over.clone()), Settled::Lost);
        assert_eq!(settle(taken_over.acquired('c')), Settled::Lost);
        let after = taken_over.committed('b', 50, KEPT);
        assert_eq!(settle(after.clone()), Settled::Lost);
        assert_eq!(settle(after.committed('c', 60, KEPT)), Settled::Unknown);
    }

    #[test]
    fn a_hold_is_lost_once_the_epoch_has_moved() {
        let held = free().acquired('a');
        assert!(!held.is_lost(&held));
        assert!(held.is_lost(&held.acquired('b')));
        assert!(held.is_lost(&held.acquired('b').committed('b', 50, KEPT)));
    }

    #[test]
    fn an_acquisition_is_told_from_that_of_another() {
        let held = free().acquired('a');
        assert_eq!(held.settle_acquire(&free()), Settled::Retry);
        assert_eq!(held.settle_acquire(&held), Settled::Done);
        assert_eq!(held.settle_acquire(&free().acquired('b')), Settled::Lost);
        assert_eq!(held.settle_acquire(&held.acquired('b')), Settled::Lost);
    }

    #[test]
    fn of_two_commits_from_a_free_register_one_is_made() {
        let base = free();
        let settle = |seen| base.settle_commit(&'a', &seen, KEPT);
        let (first, second) = (base.committed('a', 41, KEPT), base.committed('b', 50, KEPT));
        assert_eq!((first.owner, first.epoch), (None, 7));
        assert_eq!(settle(base.clone()), Settled::Retry);
        assert_eq!(settle(first.clone()), Settled::Done);
        assert_eq!(settle(second), Settled::Lost);
        assert_eq!(settle(base.acquired('b')), Settled::Lost);
        let by_others = first.committed('b', 60, KEPT).committed('c', 70, KEPT);
        assert_eq!(settle(by_others), Settled::Unknown);
    }
}
