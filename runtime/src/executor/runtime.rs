//! The interface between tasks and their environment: time, randomness and logging.

use std::backtrace::Backtrace;
use std::future::Future;
use std::pin::Pin;

use super::activity::Activity;
use super::instant::Instant;
use super::log_record::{LogRecord, of_panic};
use super::panic::Panic;

/// A boxed future that is not `Send`.
pub type LocalFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Provides time and randomness, and receives log records.
pub trait Runtime {
    /// Returns the current time, which never goes back.
    fn now(&self) -> Instant;

    /// Waits until `deadline`. Completes immediately if that is in the past. Dropping the future
    /// cancels the timer.
    fn sleep_until(&self, deadline: Instant) -> LocalFuture<'static, ()>;

    /// Returns 64 random bits.
    fn random(&self) -> u64;

    /// Called before each step: handling a message, polling a task, or writing a record. Returns
    /// whether the step may run. A simulation that kills nodes between steps returns false from
    /// then on.
    fn step(&self) -> bool {
        true
    }

    /// Called before the runtime calls the node's own code; [`leave`](Self::leave) is called after
    /// it. Calls can be nested.
    fn enter(&self, _activity: Activity<'_>) {}

    /// Called after the code that was entered last has returned.
    fn leave(&self) {}

    /// Whether to capture backtraces of panics, if `RUST_BACKTRACE` enables them.
    fn wants_backtraces(&self) -> bool {
        true
    }

    /// Called when the node's own code panics. By default, the panic is logged, with its backtrace
    /// if there is one.
    fn panicked(&self, panic: &Panic, backtrace: Option<&Backtrace>) {
        self.log(&of_panic(&panic.to_string()));
        if let Some(backtrace) = backtrace {
            self.log(&of_panic(&backtrace.to_string()));
        }
    }

    /// Logs one record. By default, it is written to stderr with a timestamp.
    fn log(&self, record: &LogRecord<'_>) {
        record.to_stderr();
    }
}
