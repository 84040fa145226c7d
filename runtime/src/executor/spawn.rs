//! Spawns background tasks of a node.

use std::panic::Location;

use super::activity::Activity;
use super::current::spawn_guarded;
use super::tasks::Task;

/// Spawns a task of this node, which runs concurrently with its handlers on the same thread. The
/// task is dropped with the node: at the end of the input, or when a simulation kills the node. A
/// panic is reported, and ends only the task.
///
/// ```
/// use mael::prelude::*;
/// use std::time::Duration;
///
/// #[node]
/// struct Clock {
///     ticks: RefCell<u64>,
/// }
///
/// #[handlers]
/// impl Clock {
///     #[handler(type = "note")]
///     fn note(&self, after_ms: u64) {
///         mael::spawn(async move {
///             mael::time::sleep(Duration::from_millis(after_ms)).await;
///             eprintln!("{after_ms} ms later");
///         });
///     }
/// }
/// ```
///
/// The future must be `'static`, so it can't borrow the node. A method that takes `self: &Rc<Self>`
/// instead of `&self` can share the node with the task:
///
/// ```
/// use mael::prelude::*;
/// use std::time::Duration;
///
/// #[node]
/// struct Counter {
///     count: Cell<u64>,
/// }
///
/// #[handlers]
/// impl Counter {
///     #[handler(type = "count_later")]
///     fn count_later(self: &Rc<Self>, after_ms: u64) {
///         let node = Rc::clone(self);
///         mael::spawn(async move {
///             mael::time::sleep(Duration::from_millis(after_ms)).await;
///             node.count.set(node.count.get() + 1);
///         });
///     }
/// }
/// ```
///
/// For a task that runs for as long as the node, use [`#[task]`](macro@crate::task).
///
/// # Panics
/// Panics if called outside a node.
#[track_caller]
pub fn spawn(future: impl Future<Output = ()> + 'static) -> Task {
    spawn_guarded(Activity::Spawned(Location::caller()), future)
}
