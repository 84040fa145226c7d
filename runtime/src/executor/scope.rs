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

/// How many rounds the tasks of a scope are polled before it yields. A task that keeps waking
/// itself must not starve the code around the scope, such as tokio's I/O driver.
pub(crate) const ROUNDS: usize = 64;

/// A set of tasks that run on one runtime, and are dropped together.
///
/// While a scope polls its tasks, it is the current scope, which [`time`](crate::time),
/// [`random`](crate::random) and [`spawn`](crate::spawn()) use. Scopes can be nested, each with its
/// own runtime: the workbench runs each simulated node in a scope.
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
    /// Creates a scope without tasks.
    pub fn new(runtime: Rc<dyn Runtime>) -> Self {
        Self::with_log_level(runtime, LogLevel::default())
    }

    /// Creates a scope without tasks, with this log level.
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

    /// Polls `future` immediately, and adds it as a task only if it is pending. The scope must be
    /// the current one.
    pub(crate) fn poll_or_spawn(&self, future: LocalFuture<'static, ()>) {
        self.inner.tasks.poll_or_spawn(future);
    }

    /// Suppresses waking the parent until the next call of [`Scope::poll_tasks`], which must
    /// follow.
    pub(crate) fn suppress_wakes(&self) {
        self.inner.tasks.suppress_wakes();
    }

    /// Polls the woken tasks. Returns true if more tasks have been woken since. The scope must be
    /// the current one.
    pub(crate) fn poll_tasks(&self, cx: &mut Context<'_>) -> bool {
        self.inner.tasks.poll(cx, || self.step())
    }

    /// Whether the next step may run: see [`Runtime::step`].
    pub(crate) fn step(&self) -> bool {
        self.inner.runtime.step()
    }

    /// Makes this scope the current one while `f` runs.
    pub fn enter<T>(&self, f: impl FnOnce() -> T) -> T {
        self.inner.enter(f)
    }

    /// Runs `main` and the tasks of this scope until `main` completes, then drops the remaining
    /// tasks.
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
