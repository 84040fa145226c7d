//! How long to wait for other nodes. Raft works as long as an election timeout is much longer than
//! it takes to hear from the others (section 5.6), so a node measures how long that is.

use std::cell::Cell;

use mael::time::Duration;

/// How long a leader is silent at most towards a follower that answers, and how long any request
/// waits for an answer at least before it is sent again.
pub(super) const HEARTBEAT: Duration = Duration::from_millis(50);

/// How long a leader waits before it sends a follower more while an answer of it is still to come, so
/// that messages to far nodes carry several entries.
pub(super) const PACE: Duration = Duration::from_millis(10);

/// How long a leader waits for the answer to a message. It has sent newer ones long before.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// The shortest election timeout, where other nodes answer at once.
pub(super) const SHORTEST: Duration = Duration::from_millis(300);

/// The longest election timeout, so that a lost leader is replaced wherever nodes answer at all.
const LONGEST: Duration = Duration::from_millis(700);

/// The time that a round trip to another node takes, estimated as TCP does it (RFC 6298, section 2):
/// a mean in which recent round trips weigh more, and how far they are off it.
#[derive(Default)]
pub(super) struct RoundTrip {
    mean: Cell<Duration>,
    deviation: Cell<Duration>,
}

impl RoundTrip {
    /// Takes note of how long a round trip took.
    pub(super) fn observe(&self, took: Duration) {
        let mean = self.mean.get();
        if mean.is_zero() {
            self.mean.set(took);
            self.deviation.set(took / 2);
        } else {
            let off = took.abs_diff(mean);
            self.deviation.set((3 * self.deviation.get() + off) / 4);
            self.mean.set((7 * mean + took) / 8);
        }
    }

    /// A node stands for election when it has not heard of a leader for as long as this, and up to
    /// twice as long: one round trip brings the votes, another one a heartbeat of who has won.
    pub(super) fn election_timeout(&self) -> Duration {
        let two = 2 * self.mean.get() + 4 * self.deviation.get();
        two.clamp(SHORTEST, LONGEST)
    }
}
