//! Reports of runs, for people.

pub mod figures;
mod hints;
mod outcomes;
pub mod summary;

pub use figures::{Measured, StableLatency, server_messages};
pub use outcomes::Outcomes;
pub use summary::{summary, verdict_line};
