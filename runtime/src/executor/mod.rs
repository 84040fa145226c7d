//! Time, randomness and tasks, for nodes and the workbench.
//!
//! A [`Runtime`] provides time, timers and randomness. There is one on tokio, and the workbench has
//! one in virtual time. A [`Scope`] is a set of tasks on a runtime: polling the scope runs its
//! tasks, and dropping it drops them.

mod activity;
mod catch;
mod current;
mod guard;
mod guarded;
mod instant;
mod log_record;
pub(crate) mod logger;
mod notify;
mod panic;
mod ready;
mod runtime;
mod scope;
pub(crate) mod spawn;
mod tasks;
mod tokio;

pub use self::tokio::Tokio;
pub use activity::Activity;
pub use catch::{Caught, catch};
pub use current::spawn;
pub(crate) use current::{spawn_guarded, with_runtime};
pub(crate) use guarded::{Guarded, guard};
pub use instant::Instant;
pub use log_record::{LOG_VARIABLE, LogLevel, LogRecord};
pub use notify::Notify;
pub use panic::Panic;
pub use runtime::{LocalFuture, Runtime};
pub(crate) use scope::ROUNDS;
pub use scope::Scope;
pub use tasks::Task;
