//! Methods that run beside a node's handlers: those marked `#[every]` and `#[task]`.

use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use super::returns::Completion;
use crate::executor::{Activity, Guarded, logger, spawn_guarded};
use crate::time;

/// Calls the periodic method `name` by `tick` every `period`: first one period from now, never
/// while the last call still runs, and without making up for what was missed. A call that fails or
/// panics is reported, and the next one follows all the same. A period of zero is one of a
/// nanosecond.
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
            logger::debug(format_args!("`{name}` is called, as every {period:?}"));
            run(activity, name, tick(&node)).await;
            let missed = time::now().since(next).as_nanos() / period.as_nanos();
            next += period * u32::try_from(missed + 1).unwrap_or(u32::MAX);
        }
    });
}

/// Runs the method `name` beside the node's handlers, by `task`, for as long as the node lives. If
/// it fails or panics, that is reported and it is over.
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

/// Runs the method `name` once, and reports its failure or panic.
async fn run<T: Completion>(activity: Activity<'_>, name: &str, method: impl Future<Output = T>) {
    let completed = Guarded::new(activity, pin!(method)).await;
    // A panic has been reported.
    if let Ok(Err(error)) = completed.map(T::into_result) {
        logger::warn(format_args!("`{name}` failed: {error}"));
    }
}

/// A number of milliseconds, as it stands in `#[every(ms = ...)]`. A negative one is zero.
pub fn millis(count: impl TryInto<u64>) -> Duration {
    Duration::from_millis(count.try_into().unwrap_or(0))
}

/// A number of seconds, as it stands in `#[every(secs = ...)]`. A negative one is zero.
pub fn seconds(count: impl TryInto<u64>) -> Duration {
    Duration::from_secs(count.try_into().unwrap_or(0))
}
