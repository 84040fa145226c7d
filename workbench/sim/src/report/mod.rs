//! Reports of runs, for people.

pub mod figures;
mod hints;
pub mod summary;

pub use figures::{Measured, StableLatency, server_messages};
pub use summary::{summary, verdict_line};
