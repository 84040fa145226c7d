//! Time and timers: real when a node runs as a process, virtual in a simulation.
//!
//! Use this module instead of `std::time` and `tokio::time`, so that the same node runs in both.
//!
//! ```
//! use mael::prelude::*;
//! use mael::time::{self, Duration};
//!
//! #[node]
//! struct Patient {
//!     last: Cell<Option<time::Instant>>,
//! }
//!
//! #[handlers]
//! impl Patient {
//!     /// Replies after a delay, and returns the time since the previous request.
//!     #[handler(reply = "since_ms")]
//!     async fn wait(&self, millis: u64) -> Option<u64> {
//!         time::sleep(Duration::from_millis(millis)).await;
//!         let now = time::now();
//!         let last = self.last.replace(Some(now))?;
//!         u64::try_from((now - last).as_millis()).ok()
//!     }
//!
//!     /// Returns false if the work takes longer than a second.
//!     #[handler(reply = "done")]
//!     async fn hurry(&self, millis: u64) -> bool {
//!         let work = time::sleep(Duration::from_millis(millis));
//!         time::timeout(Duration::from_secs(1), work).await.is_ok()
//!     }
//! }
//! ```

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;

pub use std::time::Duration;

pub use crate::executor::Instant;
use crate::executor::{LocalFuture, with_runtime};

/// Returns the current time.
///
/// # Panics
/// Panics if called outside a node.
pub fn now() -> Instant {
    with_runtime("mael::time::now", |runtime| runtime.now())
}

/// Waits for `duration`. Dropping the future cancels the timer.
///
/// # Panics
/// Panics if called outside a node.
pub fn sleep(duration: Duration) -> Sleep {
    with_runtime("mael::time::sleep", |runtime| {
        Sleep(runtime.sleep_until(runtime.now() + duration))
    })
}

/// Waits until `deadline`. Completes immediately if that is in the past.
///
/// # Panics
/// Panics if called outside a node.
pub fn sleep_until(deadline: Instant) -> Sleep {
    with_runtime("mael::time::sleep_until", |runtime| {
        Sleep(runtime.sleep_until(deadline))
    })
}

/// The future returned by [`sleep`] and [`sleep_until`].
#[must_use = "a timer does nothing unless it is awaited"]
pub struct Sleep(LocalFuture<'static, ()>);

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(cx)
    }
}

/// The error of [`timeout`] and [`timeout_at`]: the future did not complete in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed;

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("deadline has elapsed")
    }
}

impl std::error::Error for Elapsed {}

/// Runs `future` for at most `limit`. The timer is only started if the future has to wait.
///
/// # Errors
/// Returns [`Elapsed`] if the future does not complete in time. It is then dropped at its current
/// `.await`.
///
/// # Panics
/// Panics if called outside a node.
pub async fn timeout<F: Future>(limit: Duration, future: F) -> Result<F::Output, Elapsed> {
    unless(|| sleep(limit), future).await
}

/// Runs `future` until `deadline` at the latest. If that is in the past, the future is polled once.
/// The timer is only started if the future has to wait.
///
/// # Errors
/// Returns [`Elapsed`] if the future does not complete in time. It is then dropped at its current
/// `.await`.
///
/// # Panics
/// Panics if called outside a node.
pub async fn timeout_at<F: Future>(deadline: Instant, future: F) -> Result<F::Output, Elapsed> {
    unless(|| sleep_until(deadline), future).await
}

/// Runs `future` until a timer completes, which is started when the future has to wait.
async fn unless<F: Future>(timer: impl Fn() -> Sleep, future: F) -> Result<F::Output, Elapsed> {
    let mut future = pin!(future);
    let mut running = None;
    poll_fn(|cx| {
        if let Poll::Ready(output) = future.as_mut().poll(cx) {
            return Poll::Ready(Ok(output));
        }
        let running = running.get_or_insert_with(&timer);
        Pin::new(running).poll(cx).map(|()| Err(Elapsed))
    })
    .await
}
