//! Timeouts. Raft requires that election timeouts are much longer than a round trip (section 5.6),
//! so nodes measure round trips.

use std::cell::Cell;

use mael::time::Duration;

/// The interval of a leader's heartbeats, and the time after which an unanswered request is sent
/// again.
pub(super) const HEARTBEAT: Duration = Duration::from_millis(50);

/// The minimum interval of messages to a follower while a reply is outstanding, so that messages to
/// distant nodes contain several entries.
pub(super) const SEND_INTERVAL: Duration = Duration::from_millis(10);

/// The maximum time that a leader waits for the reply to a message. It sends newer messages long
/// before that.
pub(super) const APPEND_TIMEOUT: Duration = Duration::from_secs(2);

/// The minimum election timeout.
pub(super) const MIN_ELECTION_TIMEOUT: Duration = Duration::from_millis(300);

/// The maximum election timeout, so that a lost leader is replaced even if round trips take long.
const MAX_ELECTION_TIMEOUT: Duration = Duration::from_millis(700);

/// The estimated time of a round trip to another node, as in TCP (RFC 6298, section 2): an
/// exponentially weighted mean, and the mean deviation from it.
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

    /// Returns the minimum election timeout; the actual one is up to twice as long. An election
    /// takes one round trip for the votes, and another for the first heartbeat of the winner. If
    /// round trips take long, or vary, a fixed timeout would end elections before their votes
    /// arrive.
    pub(super) fn election_timeout(&self) -> Duration {
        let two = 2 * self.mean.get() + 4 * self.deviation.get();
        two.clamp(MIN_ELECTION_TIMEOUT, MAX_ELECTION_TIMEOUT)
    }
}
