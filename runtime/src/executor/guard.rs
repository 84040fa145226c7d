//! Runs a node's own code, and reports its panics.

use super::activity::Activity;
use super::catch::catch_with;
use super::panic::Panic;
use super::runtime::Runtime;

/// Runs a node's own code, and notifies the runtime of its start, end and panic.
///
/// # Errors
/// Returns the panic.
pub(super) fn guard_on<T>(
    runtime: &dyn Runtime,
    activity: Activity<'_>,
    f: impl FnOnce() -> T,
) -> Result<T, Panic> {
    runtime.enter(activity);
    let result = catch_with(runtime.wants_backtraces(), f);
    runtime.leave();
    result.map_err(|caught| {
        let panic = Panic {
            activity: activity.to_string(),
            place: caught.place,
            text: caught.text,
        };
        runtime.panicked(&panic, caught.backtrace.as_ref());
        panic
    })
}
