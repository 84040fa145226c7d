//! Exponential back-off.

use std::time::Duration;

use crate::random;

/// Exponential back-off with full jitter, so that callers that fail at the same time do not retry
/// at the same time (Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
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

    /// Returns the next pause.
    pub(crate) fn next(&mut self) -> Duration {
        let limit = self.next;
        self.next = (2 * limit).min(self.longest);
        limit.mul_f64(random::f64())
    }
}
