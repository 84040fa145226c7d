//! Tracks which part of a node's own code a simulation is running.

use std::fmt::Write;
use std::panic::Location;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use mael::executor::Activity;

/// The code that is currently running in a simulation. Its thread writes this, and the watchdog
/// reads it.
#[derive(Default)]
pub(crate) struct CurrentActivity {
    /// Incremented when a node's own code is entered and when it returns, so it is odd while such
    /// code runs.
    steps: AtomicU64,
    last: Mutex<Last>,
}

/// The code that was entered last.
#[derive(Default)]
struct Last {
    node: String,
    kind: Kind,
    name: String,
}

/// The kinds of [`Activity`].
#[derive(Default)]
enum Kind {
    #[default]
    Init,
    Handler,
    Timer,
    Task,
    Spawned(&'static Location<'static>),
    Call,
    Drop,
}

impl CurrentActivity {
    /// Records that a node's own code was entered.
    pub(super) fn enter(&self, node: &str, activity: Activity<'_>) {
        let mut last = self.last();
        last.node.clear();
        last.node.push_str(node);
        last.name.clear();
        let (kind, name) = match activity {
            Activity::Init => (Kind::Init, ""),
            Activity::Handler(name) => (Kind::Handler, name),
            Activity::Timer(name) => (Kind::Timer, name),
            Activity::Task(name) => (Kind::Task, name),
            Activity::Spawned(place) => (Kind::Spawned(place), ""),
            Activity::Call(name) => (Kind::Call, name),
            Activity::Drop => (Kind::Drop, ""),
        };
        last.kind = kind;
        last.name.push_str(name);
        self.steps.fetch_add(1, Ordering::Release);
    }

    /// Records that the code has returned.
    pub(super) fn leave(&self) {
        self.steps.fetch_add(1, Ordering::Release);
    }

    /// Returns how often code was entered or returned.
    pub(super) fn steps(&self) -> u64 {
        self.steps.load(Ordering::Acquire)
    }

    /// Whether a node's own code is running at this number of steps.
    pub(super) fn is_inside(steps: u64) -> bool {
        !steps.is_multiple_of(2)
    }

    /// Returns the code that was entered last, such as "the handler of `echo` on n1".
    pub(super) fn name(&self) -> Option<String> {
        let last = self.last();
        let name = &last.name;
        let activity = match last.kind {
            Kind::Init => Activity::Init,
            Kind::Handler => Activity::Handler(name),
            Kind::Timer => Activity::Timer(name),
            Kind::Task => Activity::Task(name),
            Kind::Spawned(place) => Activity::Spawned(place),
            Kind::Call => Activity::Call(name),
            Kind::Drop => Activity::Drop,
        };
        let mut text = activity.to_string();
        let _ = write!(text, " on {}", last.node);
        (!last.node.is_empty()).then_some(text)
    }

    fn last(&self) -> MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
