//! Waiting until a condition holds.

/// Lets handlers and tasks of a node wait for state that others of them change.
///
/// Code that changes the state calls [`notify_waiters`](Self::notify_waiters); each waiter then
/// checks its condition again. Unlike with [`tokio::sync::Notify`], no notification is missed: a
/// node has one thread, so nothing changes between the check and the wait.
///
/// ```
/// use mael::prelude::*;
///
/// #[node]
/// struct Gate {
///     open: Cell<bool>,
///     changed: Notify,
/// }
///
/// #[handlers]
/// impl Gate {
///     #[handler]
///     fn open(&self) {
///         self.open.set(true);
///         self.changed.notify_waiters();
///     }
///
///     /// Replies once the gate is open.
///     #[handler]
///     async fn pass(&self) {
///         self.changed.wait_for(|| self.open.get().then_some(())).await;
///     }
/// }
/// ```
///
/// Use [`time::timeout_at`](crate::time::timeout_at) to limit the wait.
#[derive(Debug, Default)]
pub struct Notify(tokio::sync::Notify);

impl Notify {
    /// Wakes all waiters, so that they check their conditions again.
    pub fn notify_waiters(&self) {
        self.0.notify_waiters();
    }

    /// Waits until `condition` returns a value, and returns that. The condition is checked at once,
    /// and after each [`notify_waiters`](Self::notify_waiters). Dropping the future ends the wait.
    pub async fn wait_for<T>(&self, mut condition: impl FnMut() -> Option<T>) -> T {
        loop {
            if let Some(found) = condition() {
                return found;
            }
            self.0.notified().await;
        }
    }
}
