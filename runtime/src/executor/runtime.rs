//! What tasks need of the world: time, chance, and a place for their log.

use std::backtrace::Backtrace;
use std::future::Future;
use std::pin::Pin;

use super::activity::Activity;
use super::instant::Instant;
use super::log_record::{LogRecord, of_panic};
use super::panic::Panic;

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

    /// Logs one record. It goes to stderr, with the time of day, unless the runtime has a better
    /// place.
    fn log(&self, record: &LogRecord<'_>) {
        record.to_stderr();
    }
}
