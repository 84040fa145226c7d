//! When a node leaves the lock to others.
//!
//! A waiter looks at the register now and then, and one that finds it free needs a round trip more
//! to acquire it. A node with callers that never stop would always be faster: it knows the register
//! that it has just left, and needs no look. So it rests now and then: it leaves the register as it
//! is for one back-off and one round trip, or for two round trips if that is longer, and for 5 ms
//! more, before it acquires the lock again.
//!
//! This lets a waiter in, whatever the latency, if none of its messages is lost and they take no
//! longer than this node's by more than those 5 ms in all. Let r be a round trip, b the longest
//! back-off, and l the larger one of b + r and 2r. The register is free from when the store takes this
//! node's commit until it takes its next acquisition. The reply to the one and the request of the
//! other take a round trip together, so that is l + r and 5 ms. The looks of a waiter reach the store
//! at most l apart: one that finds the lock held is followed by a back-off, and one that finds it free
//! by an attempt, which a back-off begins with, and whose failure is another look. So one of them
//! finds the register free in the first l, and the attempt that follows it arrives r later. It fails
//! only if another waiter has come first.
//!
//! A rest that nobody needs is time lost. So a node that nobody came in between of has its turn for
//! half a lease before it rests. Once others do come, its turn is as short as a back-off, so that
//! the handlers of many nodes get theirs before their deadlines.

use std::time::Duration;

use super::register::{FIRST_PAUSE, LONGEST_PAUSE};
use crate::time::Instant;

/// The turns of one node at one lock: holds without a rest in between.
pub(super) struct Turns {
    lease: Duration,
    /// When the present turn began.
    began: Instant,
    /// Whether others had changed the register before that, so far as this node knows.
    contended: bool,
    /// None before the first commit.
    left: Option<Left>,
}

/// How this node left the register with its last commit.
#[derive(Clone, Copy)]
struct Left {
    epoch: u64,
    at: Instant,
    /// How long a rest is that lets others in.
    rest: Duration,
}

impl Turns {
    pub(super) fn new(lease: Duration) -> Self {
        Self {
            lease,
            began: Instant::default(),
            contended: false,
            left: None,
        }
    }

    /// Until when the lock is to be left alone, if this node's turn is over.
    pub(super) fn rests_until(&self) -> Option<Instant> {
        let left = self.left?;
        let longest = if self.contended {
            LONGEST_PAUSE
        } else {
            self.lease / 2
        };
        (left.at - self.began >= longest).then(|| left.at + left.rest)
    }

    /// Takes note of a hold of that epoch, which this node asked for and got at these times.
    pub(super) fn acquired(&mut self, epoch: u64, asked: Instant, got: Instant) {
        let others_came = self.left.is_some_and(|left| epoch != left.epoch + 1);
        let rested = self.left.is_none_or(|left| asked >= left.at + left.rest);
        if others_came || rested {
            self.began = got;
            self.contended = others_came;
        }
    }

    /// Takes note of a commit that made this epoch, which this node asked for and was told of at
    /// these times. A reply that was long in coming is no reason to rest for more than a lease.
    pub(super) fn released(&mut self, epoch: u64, asked: Instant, told: Instant) {
        let round_trip = told - asked;
        self.left = Some(Left {
            epoch,
            at: told,
            rest: self
                .lease
                .min(round_trip + round_trip.max(LONGEST_PAUSE) + FIRST_PAUSE),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEASE: Duration = Duration::from_secs(2);
    const ROUND_TRIP: Duration = Duration::from_millis(40);
    const REST: Duration = Duration::from_millis(145);

    fn at(millis: u64) -> Instant {
        Instant::from_origin(Duration::from_millis(millis))
    }

    /// A hold of this epoch, asked for at this time; one round trip to get it and one to commit.
    fn hold(turns: &mut Turns, epoch: u64, asked: u64) -> Instant {
        let asked = at(asked);
        turns.acquired(epoch, asked, asked + ROUND_TRIP);
        let told = asked + 2 * ROUND_TRIP;
        turns.released(epoch + 1, asked + ROUND_TRIP, told);
        told
    }

    #[test]
    fn a_node_that_is_alone_rests_after_half_a_lease() {
        let mut turns = Turns::new(LEASE);
        // The first begins at 40 ms, and the last ends at 1060 ms.
        for (hold_of, asked) in (0..).zip((0..=980).step_by(140)) {
            assert_eq!(turns.rests_until(), None);
            hold(&mut turns, 2 * hold_of + 1, asked);
        }
        assert_eq!(turns.rests_until(), Some(at(1060) + REST));
    }

    #[test]
    fn callers_that_stop_for_long_enough_are_a_rest() {
        let mut turns = Turns::new(LEASE);
        for (hold_of, asked) in (0..20).zip((0..).step_by(80 + 145)) {
            hold(&mut turns, 2 * hold_of + 1, asked);
            assert_eq!(turns.rests_until(), None);
        }
    }

    #[test]
    fn a_node_that_others_came_in_between_of_rests_soon() {
        let mut turns = Turns::new(LEASE);
        hold(&mut turns, 1, 0);
        hold(&mut turns, 5, 500);
        assert_eq!(turns.rests_until(), None);
        let last = hold(&mut turns, 7, 600);
        assert_eq!(turns.rests_until(), Some(last + REST));
        // Nobody came in that rest.
        hold(&mut turns, 9, 825);
        hold(&mut turns, 11, 1005);
        assert_eq!(turns.rests_until(), None);
    }

    #[test]
    fn a_rest_is_no_longer_than_a_lease() {
        let mut turns = Turns::new(LEASE);
        turns.acquired(1, at(0), at(40));
        turns.released(2, at(40), at(60_000));
        assert_eq!(turns.rests_until(), Some(at(62_000)));
    }
}
