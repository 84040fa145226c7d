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
//! 2. *A commit starts from the holder's own epoch.* If another node has taken the lock over, the
//!    epoch has moved, and the commit fails: a holder that was taken over has changed nothing.
//!    It does not matter whether a lease was judged rightly; leases are there for progress only.
//! 3. *The value changes only in a commit*, and a commit's value is made from the one that its
//!    holder acquired, which is the last committed one: no commit is lost, and each is the
//!    successor of the one before it.
//! 4. *A commit that was never sent is never made.* So a holder that finds the epoch moved before
//!    it commits knows that its hold is lost, and may start again.
//! 5. *`committed` is the epoch of the last commit.* The commit of a hold of epoch e leaves
//!    `committed` = e + 1, and no other change can. A holder whose reply was lost and that reads
//!    `committed` = e + 1 has committed; one that reads what it was before has not and, since the
//!    epoch has moved, never will. Any other value can stand at the end of either story, and the
//!    outcome is unknown.
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
    /// The epoch that the last commit made.
    pub committed: u64,
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

    /// The register once its holder has committed `value` and released the lock.
    #[must_use]
    pub fn committed(&self, value: V) -> Self {
        Self {
            owner: None,
            epoch: self.epoch + 1,
            committed: self.epoch + 1,
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

    /// What became of the commit of the hold that this register is, now that `seen` is read.
    pub fn settle_commit(&self, seen: &Self) -> Settled {
        if seen.epoch == self.epoch {
            Settled::Retry
        } else if seen.committed == self.epoch + 1 {
            Settled::Done
        } else if seen.committed == self.committed {
            Settled::Lost
        } else {
            Settled::Unknown
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FREE: Register<char, u32> = Register {
        owner: None,
        epoch: 6,
        committed: 6,
        value: 40,
    };

    #[test]
    fn an_acquisition_keeps_the_value_and_a_commit_replaces_it() {
        let held = FREE.acquired('a');
        assert_eq!(
            (held.owner, held.epoch, held.committed, held.value),
            (Some('a'), 7, 6, 40)
        );
        let free = held.committed(41);
        assert_eq!(
            (free.owner, free.epoch, free.committed, free.value),
            (None, 8, 8, 41)
        );
    }

    #[test]
    fn a_commit_is_told_from_a_take_over() {
        let held = FREE.acquired('a');
        let taken_over = held.acquired('b');
        assert_eq!(held.settle_commit(&held), Settled::Retry);
        assert_eq!(held.settle_commit(&held.committed(41)), Settled::Done);
        assert_eq!(
            held.settle_commit(&held.committed(41).acquired('b')),
            Settled::Done
        );
        assert_eq!(held.settle_commit(&taken_over), Settled::Lost);
        assert_eq!(held.settle_commit(&taken_over.acquired('c')), Settled::Lost);
        assert_eq!(
            held.settle_commit(&taken_over.committed(50)),
            Settled::Unknown
        );
    }

    #[test]
    fn a_hold_is_lost_once_the_epoch_has_moved() {
        let held = FREE.acquired('a');
        assert!(!held.is_lost(&held));
        assert!(held.is_lost(&held.acquired('b')));
        assert!(held.is_lost(&held.acquired('b').committed(50)));
    }

    #[test]
    fn an_acquisition_is_told_from_that_of_another() {
        let held = FREE.acquired('a');
        assert_eq!(held.settle_acquire(&FREE), Settled::Retry);
        assert_eq!(held.settle_acquire(&held), Settled::Done);
        assert_eq!(held.settle_acquire(&FREE.acquired('b')), Settled::Lost);
        assert_eq!(held.settle_acquire(&held.acquired('b')), Settled::Lost);
    }
}
