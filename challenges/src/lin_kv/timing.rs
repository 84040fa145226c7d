//! How long to wait for other nodes. Raft works as long as an election timeout is much longer than
//! a round trip (section 5.6), so a node measures how long that takes.

use std::cell::Cell;

use mael::time::Duration;

/// The interval of a leader's heartbeats to a follower, and how long any request waits for an answer
/// before it is sent again.
pub(super) const HEARTBEAT: Duration = Duration::from_millis(50);

/// How long a leader waits before it sends a follower more while an answer of it is outstanding, so
/// that messages to distant nodes have several entries.
pub(super) const SEND_INTERVAL: Duration = Duration::from_millis(10);

/// How long a leader waits for the answer to a message. It has sent newer ones long before.
pub(super) const APPEND_TIMEOUT: Duration = Duration::from_secs(2);

/// The election timeout where other nodes answer at once.
pub(super) const MIN_ELECTION_TIMEOUT: Duration = Duration::from_millis(300);

/// The longest election timeout, so that a lost leader is replaced wherever nodes answer at all.
const MAX_ELECTION_TIMEOUT: Duration = Duration::from_millis(700);

/// The time of a round trip to another node, estimated as TCP does it (RFC 6298, section 2): a mean in
/// which recent round trips weigh more, and their deviation from it.
#[derive(Default)]
pub(super) struct RoundTrip {
    mean: Cell<Duration>,
    deviation: Cell<Duration>,
}

impl RoundTrip {
    /// Records how long a round trip took.
    pub(super) fn record(&self, took: Duration) {
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

    /// A node stands for election after a silence of this time to twice this time: one round trip
    /// brings the votes, another one a heartbeat of the winner. Where round trips take long, or vary,
    /// each election would otherwise end before its votes have arrived.
    pub(super) fn election_timeout(&self) -> Duration {
        let two = 2 * self.mean.get() + 4 * self.deviation.get();
        two.clamp(MIN_ELECTION_TIMEOUT, MAX_ELECTION_TIMEOUT)
    }
}
