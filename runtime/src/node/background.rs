//! Runs methods marked `#[every]` and `#[task]`.

use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use super::returns::Completion;
use crate::executor::{Activity, Guarded, logger, spawn_guarded};
use crate::time;

/// Calls the method `name` by `tick` every `period`, for the first time one period from now. Calls
/// do not overlap, and missed calls are skipped. Errors and panics are logged, and the calls
/// continue. A period of zero is taken as one nanosecond.
pub fn every<N: 'static, T: Completion>(
    name: &'static str,
    period: Duration,
    node: &Rc<N>,
    tick: impl AsyncFn(&Rc<N>) -> T + 'static,
) {
    let node = Rc::clone(node);
    let period = period.max(Duration::from_nanos(1));
    let activity = Activity::Timer(name);
    spawn_guarded(activity, async move {
        let mut next = time::now() + period;
        loop {
            time::sleep_until(next).await;
            logger::debug(format_args!("calling `{name}`, as every {period:?}"));
            run(activity, name, tick(&node)).await;
            let missed = time::now().since(next).as_nanos() / period.as_nanos();
            next += period * u32::try_from(missed + 1).unwrap_or(u32::MAX);
        }
    });
}

/// Calls the method `name` by `task` in the background. An error or panic is logged; the method is
/// not called again.
pub fn task<N: 'static, T: Completion>(
    name: &'static str,
    node: &Rc<N>,
    task: impl AsyncFnOnce(&Rc<N>) -> T + 'static,
) {
    let node = Rc::clone(node);
    let activity = Activity::Task(name);
    spawn_guarded(
        activity,
        async move { run(activity, name, task(&node)).await },
    );
}

/// Runs one call of the method `name`, and logs an error or panic.
async fn run<T: Completion>(activity: Activity<'_>, name: &str, method: impl Future<Output = T>) {
    let completed = Guarded::new(activity, pin!(method)).await;
    // A panic has been logged already.
    if let Ok(Err(error)) = completed.map(T::into_result) {
        logger::warn(format_args!("`{name}` failed: {error}"));
    }
}

/// Converts the argument of `#[every(ms = ...)]`. A negative number becomes zero.
pub fn millis(count: impl TryInto<u64>) -> Duration {
    Duration::from_millis(count.try_into().unwrap_or(0))
}

/// Converts the argument of `#[every(secs = ...)]`. A negative number becomes zero.
pub fn seconds(count: impl TryInto<u64>) -> Duration {
    Duration::from_secs(count.try_into().unwrap_or(0))
}
