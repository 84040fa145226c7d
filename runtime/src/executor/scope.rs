//! A set of tasks on a runtime.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::rc::Rc;
use std::task::{Context, Poll};

use super::current::Current;
use super::log_record::LogLevel;
use super::logger::install;
use super::runtime::{LocalFuture, Runtime};
use super::tasks::{PanicPolicy, Task, Tasks};

/// How often the tasks of a scope are polled before others have a turn: a task that wakes itself
/// all the time must not keep what is around its scope from running, such as tokio's input.
pub(crate) const ROUNDS: usize = 64;

/// Tasks that run on one runtime and end together.
///
/// While a scope polls its tasks it is the current one: [`time`](crate::time),
/// [`random`](crate::random) and [`spawn`](crate::spawn()) then speak of it. Scopes may be nested,
/// each with a runtime of its own: the workbench runs every simulated node in one.
///
/// ```
/// use mael::executor::{Scope, Tokio};
/// use mael::time::{Duration, now, sleep};
/// use std::rc::Rc;
///
/// let executor = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
/// let slept = executor.block_on(async {
///     let scope = Scope::new(Rc::new(Tokio::new()));
///     scope.run(async {
///         let begin = now();
///         sleep(Duration::from_millis(2)).await;
///         now() - begin
///     }).await
/// });
/// assert!(slept >= Duration::from_millis(2));
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Scope {
    inner: Rc<Current>,
}

impl Scope {
    /// A scope without tasks.
    pub fn new(runtime: Rc<dyn Runtime>) -> Self {
        Self::with_log_level(runtime, LogLevel::default())
    }

    /// A scope without tasks, whose tasks log this much.
    pub(crate) fn with_log_level(runtime: Rc<dyn Runtime>, log_level: LogLevel) -> Self {
        install(log_level);
        let inner = Current {
            tasks: Tasks::new(Rc::clone(&runtime)),
            runtime,
            log_level,
        };
        Self {
            inner: Rc::new(inner),
        }
    }

    /// Adds a task to this scope.
    pub fn spawn(&self, future: impl Future<Output = ()> + 'static) -> Task {
        self.inner
            .tasks
            .spawn(Box::pin(future), PanicPolicy::Propagate)
    }

    /// Polls `future` at once, and adds it as a task only if it has to wait. The scope must be
    /// the current one.
    pub(crate) fn poll_or_spawn(&self, future: LocalFuture<'static, ()>) {
        self.inner.tasks.poll_or_spawn(future);
    }

    /// Says that [`Scope::poll_tasks`] will be called before long: a task that is woken until then
    /// has no one else woken.
    pub(crate) fn suppress_wakes(&self) {
        self.inner.tasks.suppress_wakes();
    }

    /// Polls the tasks that have been woken; true if some want to be polled again at once. The
    /// scope must be the current one.
    pub(crate) fn poll_tasks(&self, cx: &mut Context<'_>) -> bool {
        self.inner.tasks.poll(cx, || self.step())
    }

    /// Whether the next step may be taken: see [`Runtime::step`].
    pub(crate) fn step(&self) -> bool {
        self.inner.runtime.step()
    }

    /// Makes this scope the current one while `f` runs.
    pub fn enter<T>(&self, f: impl FnOnce() -> T) -> T {
        self.inner.enter(f)
    }

    /// Runs `main`, and the tasks of this scope beside it, until `main` completes; the tasks that
    /// are left are then dropped.
    pub async fn run<T: 'static>(self, main: impl Future<Output = T> + 'static) -> T {
        let result = Rc::new(RefCell::new(None));
        self.spawn({
            let result = Rc::clone(&result);
            async move {
                let value = main.await;
                *result.borrow_mut() = Some(value);
            }
        });
        poll_fn(|cx| {
            self.enter(|| {
                for _ in 0..ROUNDS {
                    let more = self.poll_tasks(cx);
                    if let Some(value) = result.take() {
                        return Poll::Ready(value);
                    }
                    if !more {
                        return Poll::Pending;
                    }
                }
                cx.waker().wake_by_ref();
                Poll::Pending
            })
        })
        .await
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        self.enter(|| self.inner.tasks.clear());
    }
}
