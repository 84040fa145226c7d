//! What nodes and the workbench need of the world besides messages: time, chance and tasks.
//!
//! A [`Runtime`] gives the time, timers and randomness; there is one on tokio, and the workbench
//! has one in virtual time. A [`Scope`] is a set of tasks on such a runtime, written once for all
//! of them: whoever polls the scope runs its tasks, and dropping it drops them all.

mod ready;
pub(crate) mod scope;
mod tasks;
mod tokio;

use std::backtrace::Backtrace;
use std::future::Future;
use std::pin::Pin;

use crate::logger::{LogRecord, of_panic};
use crate::panic::Panic;
use crate::time::Instant;

pub use self::tokio::Tokio;
pub use crate::activity::Activity;
pub use crate::panic::{Caught, catch};
pub(crate) use scope::ROUNDS;
pub use scope::{Scope, spawn};
pub use tasks::Task;

/// A future that stays on its thread.
pub type LocalFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// A source of time and chance.
pub trait Runtime {
    /// The time now. It never goes back.
    fn now(&self) -> Instant;

    /// Completes at `deadline`, never before it; at once if that is past. Dropping the future
    /// takes the timer back.
    fn sleep_until(&self, deadline: Instant) -> LocalFuture<'static, ()>;

    /// 64 random bits.
    fn random(&self) -> u64;

    /// Whether the next step may be taken: a message handled, a task polled, a record written. A
    /// simulation that kills nodes between any two steps says no, and from then on always does.
    fn step(&self) -> bool {
        true
    }

    /// A piece of the node's own code is about to be called; [`leave`](Self::leave) follows as it
    /// returns. Calls may be nested.
    fn enter(&self, _activity: Activity<'_>) {}

    /// The piece of code that was entered last has returned.
    fn leave(&self) {}

    /// Whether panics are to come with backtraces, if the environment asks for them.
    fn wants_backtraces(&self) -> bool {
        true
    }

    /// A piece of the node's own code panicked. By default it is logged, with its backtrace if the
    /// environment asks for one.
    fn panicked(&self, panic: &Panic, backtrace: Option<&Backtrace>) {
        self.log(&of_panic(&panic.to_string()));
        if let Some(backtrace) = backtrace {
            self.log(&of_panic(&backtrace.to_string()));
        }
    }

    /// Logs one record. It goes to stderr, with the time of day, unless the runtime has a better place.
    fn log(&self, record: &LogRecord<'_>) {
        record.to_stderr();
    }
}
