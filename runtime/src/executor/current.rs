//! The current scope of this thread.

use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::rc::Rc;

use super::activity::Activity;
use super::log_record::{LogLevel, LogRecord};
use super::runtime::Runtime;
use super::tasks::{PanicPolicy, Task, Tasks};

thread_local! {
    static CURRENT: RefCell<Option<Rc<Current>>> = const { RefCell::new(None) };
}

/// The parts of a scope that its tasks use.
pub(super) struct Current {
    pub(super) runtime: Rc<dyn Runtime>,
    pub(super) tasks: Rc<Tasks>,
    pub(super) log_level: LogLevel,
}

impl Current {
    /// Makes this scope the current one while `f` runs.
    pub(super) fn enter<T>(self: &Rc<Self>, f: impl FnOnce() -> T) -> T {
        struct Restore(Option<Rc<Current>>);
        impl Drop for Restore {
            fn drop(&mut self) {
                let outer = self.0.take();
                CURRENT.with_borrow_mut(|current| *current = outer);
            }
        }
        let outer = CURRENT.with_borrow_mut(|current| current.replace(Rc::clone(self)));
        let _restore = Restore(outer);
        f()
    }
}

/// Adds a task to the current scope. Unlike with [`mael::spawn`](crate::spawn()), its panics
/// propagate to the code that polls the scope.
///
/// # Panics
/// Panics if called outside a scope.
pub fn spawn(future: impl Future<Output = ()> + 'static) -> Task {
    let future = Box::pin(future);
    current("mael::spawn", |current| {
        current.tasks.spawn(future, PanicPolicy::Propagate)
    })
}

/// Adds a task to the current scope. Its panics are reported as panics of `activity`, and end only
/// the task.
///
/// # Panics
/// Panics if called outside a scope.
pub(crate) fn spawn_guarded(
    activity: Activity<'static>,
    future: impl Future<Output = ()> + 'static,
) -> Task {
    let future = Box::pin(future);
    current("mael::spawn", |current| {
        current.tasks.spawn(future, PanicPolicy::Report(activity))
    })
}

/// Calls `f` with the runtime of the current scope.
///
/// # Panics
/// Panics if called outside a scope.
pub(crate) fn with_runtime<T>(caller: &str, f: impl FnOnce(&dyn Runtime) -> T) -> T {
    current(caller, |current| f(&*current.runtime))
}

/// Returns the runtime of the current scope.
///
/// # Panics
/// Panics if called outside a scope.
pub(super) fn current_runtime() -> Rc<dyn Runtime> {
    current("mael", |current| Rc::clone(&current.runtime))
}

/// Logs a record in the current scope, if its level is enabled. Returns false if there is no scope.
pub(super) fn try_log(level: LogLevel, target: &str, text: fmt::Arguments<'_>) -> bool {
    let Ok(Some(current)) = CURRENT.try_with(|current| current.borrow().clone()) else {
        return false;
    };
    if level <= current.log_level {
        let text = &*text.to_string();
        current.runtime.log(&LogRecord {
            level,
            target,
            text,
        });
    }
    true
}

fn current<T>(caller: &str, f: impl FnOnce(&Current) -> T) -> T {
    let current = CURRENT.with_borrow(|current| current.clone());
    match current {
        Some(current) => f(&current),
        None => panic!("{caller} can only be used inside a running `mael` node or scope"),
    }
}
