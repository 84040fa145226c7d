//! Runs a node's own code and futures on the runtime of the current scope.

use std::pin::Pin;
use std::task::{Context, Poll};

use super::activity::Activity;
use super::current::current_runtime;
use super::guard::guard_on;
use super::panic::Panic;

/// Runs a node's own code on the runtime of the current scope. A panic is reported.
///
/// # Errors
/// Returns the panic.
pub(crate) fn guard<T>(activity: Activity<'_>, f: impl FnOnce() -> T) -> Result<T, Panic> {
    guard_on(&*current_runtime(), activity, f)
}

/// A future of a node's own code. A panic in it is reported, and returned as an error. A panic
/// while it is dropped is reported.
pub(crate) struct Guarded<'a, F> {
    activity: Activity<'a>,
    /// None once it has completed.
    future: Option<F>,
}

impl<'a, F> Guarded<'a, F> {
    /// Takes an `Unpin` future, such as a pinned reference, so that it is not moved.
    pub(crate) fn new(activity: Activity<'a>, future: F) -> Self {
        let future = Some(future);
        Self { activity, future }
    }
}

impl<F: Future + Unpin> Future for Guarded<'_, F> {
    type Output = Result<F::Output, Panic>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { activity, future } = &mut *self;
        let polled = guard(*activity, || {
            let running = future
                .as_mut()
                .expect("the future is not polled after it has completed");
            let polled = Pin::new(running).poll(cx);
            if polled.is_ready() {
                *future = None;
            }
            polled
        });
        match polled {
            Ok(polled) => polled.map(Ok),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    }
}

impl<F> Drop for Guarded<'_, F> {
    fn drop(&mut self) {
        if let Some(future) = self.future.take() {
            // The panic has been reported.
            let _ = guard(self.activity, || drop(future));
        }
    }
}
