//! Waiting until something holds.

use tokio::sync::Notify;

use crate::time::{self, Instant};

/// Lets handlers and tasks of a node wait until something holds that others of them bring about.
///
/// Who changes the state of the node calls [`notify`](Self::notify); who waits looks at the state
/// again each time.
///
/// ```
/// use mael::prelude::*;
///
/// #[node]
/// struct Gate {
///     open: Cell<bool>,
///     changed: Signal,
/// }
///
/// #[handlers]
/// impl Gate {
///     #[handler]
///     fn open(&self) {
///         self.open.set(true);
///         self.changed.notify();
///     }
///
///     /// Answers once the gate is open.
///     #[handler]
///     async fn pass(&self) {
///         self.changed.until(|| self.open.get().then_some(())).await;
///     }
/// }
/// ```
#[derive(Debug, Default)]
pub struct Signal(Notify);

impl Signal {
    /// Has all who wait look again.
    pub fn notify(&self) {
        self.0.notify_waiters();
    }

    /// Waits until `look` finds something, and gives that. It looks at once, and then each time that
    /// there is a [`notify`](Self::notify).
    pub async fn until<T>(&self, mut look: impl FnMut() -> Option<T>) -> T {
        loop {
            if let Some(found) = look() {
                return found;
            }
            self.0.notified().await;
        }
    }

    /// The same, but no longer than to this moment; None then.
    pub async fn until_or<T>(
        &self,
        deadline: Instant,
        look: impl FnMut() -> Option<T>,
    ) -> Option<T> {
        let rest = deadline - time::now();
        time::timeout(rest, self.until(look)).await.ok()
    }
}
