//! Pauses between attempts.

use std::time::Duration;

use crate::random;

/// Pauses that grow from one attempt to the next, with jitter, so that those who failed together
/// do not try again together. (Full jitter, as in Brooker, "Exponential Backoff And Jitter",
/// AWS Architecture Blog, 2015.)
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    next: Duration,
    longest: Duration,
}

impl Backoff {
    /// Pauses of up to `first`, then up to twice that, and so on, up to `longest`.
    pub(crate) fn new(first: Duration, longest: Duration) -> Self {
        Self {
            next: first,
            longest,
        }
    }

    /// The next pause.
    pub(crate) fn next(&mut self) -> Duration {
        let most = self.next;
        self.next = (2 * most).min(self.longest);
        most.mul_f64(random::f64())
    }
}
