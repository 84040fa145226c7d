//! Decides when a node yields the lock to other nodes.
//!
//! A waiting node reads the register from time to time and, if the register is free, needs one more
//! round trip to acquire the lock. A node with a constant stream of callers would always be faster:
//! it knows the register that it wrote last, and needs no read. Therefore, it yields from time to
//! time: it does not access the register for one back-off and one round trip, or for two round
//! trips if that is longer, plus 5 ms, before it acquires the lock again.
//!
//! This lets a waiting node acquire the lock, regardless of the latency, if none of its messages is
//! lost and they take at most 5 ms longer in total than those of this node. Let r be a round trip,
//! b the longest back-off, and l the larger one of b + r and 2r. The register is free from when the
//! store executes this node's commit until it executes its next acquisition. The reply to the one
//! and the request of the other take a round trip together, so that is l + r and 5 ms. The reads of
//! a waiting node reach the store at most l apart: after a read that finds the lock held comes a
//! back-off, and after one that finds it free comes an attempt to acquire it, whose back-off begins
//! with it and whose failure is another read. So one of them finds the register free in the first
//! l, and the attempt after it reaches the store r later. It fails only if another waiting node was
//! faster.
//!
//! Yielding costs time if no other node is waiting. So a node whose lock is not contended runs for
//! half a lease before it yields. Once the lock is contended, it runs for no longer than a
//! back-off, so that the handlers of many nodes acquire the lock before their deadlines.

use std::time::Duration;

use super::register::{FIRST_PAUSE, LONGEST_PAUSE};
use crate::time::Instant;

/// Decides when one node yields one lock.
pub(super) struct Fairness {
    lease: Duration,
    /// When this node acquired the lock for the first time since it last yielded.
    began: Instant,
    /// Whether another node had changed the register before that, as far as this node knows.
    contended: bool,
    /// None before the first commit.
    released: Option<Released>,
}

/// The last commit of this node.
#[derive(Clone, Copy)]
struct Released {
    epoch: u64,
    at: Instant,
    /// How long this node does not access the register, so that other nodes can acquire the lock.
    pause: Duration,
}

impl Fairness {
    pub(super) fn new(lease: Duration) -> Self {
        Self {
            lease,
            began: Instant::default(),
            contended: false,
            released: None,
        }
    }

    /// Returns until when this node must yield the lock, if it must.
    pub(super) fn yields_until(&self) -> Option<Instant> {
        let released = self.released?;
        let longest_run = if self.contended {
            LONGEST_PAUSE
        } else {
            self.lease / 2
        };
        (released.at - self.began >= longest_run).then(|| released.at + released.pause)
    }

    /// Records that this node acquired the lock in this epoch.
    pub(super) fn acquired(&mut self, epoch: u64, sent_at: Instant, replied_at: Instant) {
        let contended = self
            .released
            .is_some_and(|released| epoch != released.epoch + 1);
        let yielded = self
            .released
            .is_none_or(|released| sent_at >= released.at + released.pause);
        if contended || yielded {
            self.began = replied_at;
            self.contended = contended;
        }
    }

    /// Records a commit of this node, which created this epoch. The pause is never longer than a
    /// lease, even if the reply was late.
    pub(super) fn released(&mut self, epoch: u64, sent_at: Instant, replied_at: Instant) {
        let round_trip = replied_at - sent_at;
        self.released = Some(Released {
            epoch,
            at: replied_at,
            pause: self
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
    const PAUSE: Duration = Duration::from_millis(145);

    fn at(millis: u64) -> Instant {
        Instant::from_origin(Duration::from_millis(millis))
    }

    /// Acquires the lock with a request sent at this time, and commits one round trip later.
    /// Returns when the commit was answered.
    fn acquire_and_commit(fairness: &mut Fairness, epoch: u64, sent_at: u64) -> Instant {
        let sent_at = at(sent_at);
        fairness.acquired(epoch, sent_at, sent_at + ROUND_TRIP);
        let replied_at = sent_at + 2 * ROUND_TRIP;
        fairness.released(epoch + 1, sent_at + ROUND_TRIP, replied_at);
        replied_at
    }

    #[test]
    fn an_uncontended_node_yields_after_half_a_lease() {
        let mut fairness = Fairness::new(LEASE);
        // The first acquisition is at 40 ms, and the last commit at 1060 ms.
        for (number, sent_at) in (0..).zip((0..=980).step_by(140)) {
            assert_eq!(fairness.yields_until(), None);
            acquire_and_commit(&mut fairness, 2 * number + 1, sent_at);
        }
        assert_eq!(fairness.yields_until(), Some(at(1060) + PAUSE));
    }

    #[test]
    fn a_node_does_not_yield_if_its_callers_pause() {
        let mut fairness = Fairness::new(LEASE);
        for (number, sent_at) in (0..20).zip((0..).step_by(80 + 145)) {
            acquire_and_commit(&mut fairness, 2 * number + 1, sent_at);
            assert_eq!(fairness.yields_until(), None);
        }
    }

    #[test]
    fn a_contended_node_yields_after_a_back_off() {
        let mut fairness = Fairness::new(LEASE);
        acquire_and_commit(&mut fairness, 1, 0);
        acquire_and_commit(&mut fairness, 5, 500);
        assert_eq!(fairness.yields_until(), None);
        let last = acquire_and_commit(&mut fairness, 7, 600);
        assert_eq!(fairness.yields_until(), Some(last + PAUSE));
        // No other node acquired the lock in that pause.
        acquire_and_commit(&mut fairness, 9, 825);
        acquire_and_commit(&mut fairness, 11, 1005);
        assert_eq!(fairness.yields_until(), None);
    }

    #[test]
    fn a_pause_is_no_longer_than_a_lease() {
        let mut fairness = Fairness::new(LEASE);
        fairness.acquired(1, at(0), at(40));
        fairness.released(2, at(40), at(60_000));
        assert_eq!(fairness.yields_until(), Some(at(62_000)));
    }
}
