//! The runtime in real time, on tokio.

use std::cell::RefCell;
use std::time::Duration;

use super::instant::Instant;
use super::runtime::{LocalFuture, Runtime};

/// A runtime with tokio's timers, which have a resolution of 1 ms, and randomness from the
/// operating system.
///
/// It must be used within a tokio runtime whose time driver is enabled.
pub struct Tokio {
    origin: tokio::time::Instant,
    rng: RefCell<fastrand::Rng>,
}

impl Tokio {
    /// Creates a runtime whose time starts now.
    #[expect(clippy::new_without_default, reason = "it reads the clock")]
    pub fn new() -> Self {
        Self {
            origin: tokio::time::Instant::now(),
            rng: RefCell::new(fastrand::Rng::new()),
        }
    }
}

impl Runtime for Tokio {
    fn now(&self) -> Instant {
        Instant::from_origin(self.origin.elapsed())
    }

    fn sleep_until(&self, deadline: Instant) -> LocalFuture<'static, ()> {
        let since_origin = Duration::from_nanos(deadline.as_nanos());
        Box::pin(tokio::time::sleep_until(self.origin + since_origin))
    }

    fn random(&self) -> u64 {
        self.rng.borrow_mut().u64(..)
    }
}
