//! A set of tasks on a runtime, and which one is current.

use std::cell::RefCell;
use std::fmt;
use std::future::{Future, poll_fn};
use std::rc::Rc;
use std::task::{Context, Poll};

use super::tasks::{Panics, Tasks};
use super::{LocalFuture, Runtime, Task};
use crate::activity::Activity;
use crate::logger::{LogLevel, LogRecord, install};

thread_local! {
    static CURRENT: RefCell<Option<Rc<Inner>>> = const { RefCell::new(None) };
}

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
    inner: Rc<Inner>,
}

struct Inner {
    runtime: Rc<dyn Runtime>,
    tasks: Rc<Tasks>,
    log_level: LogLevel,
}

impl Scope {
    /// A scope without tasks.
    pub fn new(runtime: Rc<dyn Runtime>) -> Self {
        Self::with_log_level(runtime, LogLevel::default())
    }

    /// A scope without tasks, whose tasks log this much.
    pub(crate) fn with_log_level(runtime: Rc<dyn Runtime>, log_level: LogLevel) -> Self {
        install(log_level);
        let inner = Inner {
            runtime,
            tasks: Tasks::new(),
            log_level,
        };
        Self {
            inner: Rc::new(inner),
        }
    }

    /// Adds a task to this scope.
    pub fn spawn(&self, future: impl Future<Output = ()> + 'static) -> Task {
        self.inner.tasks.spawn(Box::pin(future), Panics::Spread)
    }

    /// Polls `future` at once, and adds it as a task only if it has to wait. The scope must be
    /// the current one.
    pub(crate) fn poll_or_spawn(&self, future: LocalFuture<'static, ()>) {
        self.inner.tasks.poll_or_spawn(future);
    }

    /// Says that [`Scope::poll_tasks`] will be called before long: a task that is woken until then
    /// has no one else woken.
    pub(crate) fn awake(&self) {
        self.inner.tasks.awake();
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
        struct Restore(Option<Rc<Inner>>);
        impl Drop for Restore {
            fn drop(&mut self) {
                let outer = self.0.take();
                CURRENT.with_borrow_mut(|current| *current = outer);
            }
        }
        let outer = CURRENT.with_borrow_mut(|current| current.replace(Rc::clone(&self.inner)));
        let _restore = Restore(outer);
        f()
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

/// Adds a task to the current scope. Unlike one of [`mael::spawn`](crate::spawn()), its panics are
/// those of whoever polls the scope.
///
/// # Panics
/// Outside a scope.
pub fn spawn(future: impl Future<Output = ()> + 'static) -> Task {
    let future = Box::pin(future);
    current("mael::spawn", |inner| {
        inner.tasks.spawn(future, Panics::Spread)
    })
}

/// Adds a task to the current scope, whose panics are reported as those of `activity` and end only
/// the task.
///
/// # Panics
/// Outside a scope.
pub(crate) fn spawn_guarded(
    activity: Activity<'static>,
    future: impl Future<Output = ()> + 'static,
) -> Task {
    let future = Box::pin(future);
    current("mael::spawn", |inner| {
        inner.tasks.spawn(future, Panics::Reported(activity))
    })
}

/// Gives `f` the runtime of the current scope.
///
/// # Panics
/// Outside a scope.
pub(crate) fn with_runtime<T>(who: &str, f: impl FnOnce(&dyn Runtime) -> T) -> T {
    current(who, |inner| f(&*inner.runtime))
}

/// Has the current scope log a record, if it logs as much. False if there is no scope.
pub(crate) fn try_log(level: LogLevel, target: &str, text: fmt::Arguments<'_>) -> bool {
    let Ok(Some(inner)) = CURRENT.try_with(|current| current.borrow().clone()) else {
        return false;
    };
    if level <= inner.log_level {
        let text = &*text.to_string();
        inner.runtime.log(&LogRecord {
            level,
            target,
            text,
        });
    }
    true
}

fn current<T>(who: &str, f: impl FnOnce(&Inner) -> T) -> T {
    let inner = CURRENT.with_borrow(|current| current.clone());
    match inner {
        Some(inner) => f(&inner),
        None => panic!("{who} is used outside a node: it needs a running `mael` node or scope"),
    }
}
