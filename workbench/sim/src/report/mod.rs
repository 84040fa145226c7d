//! Reports of runs, for people.

pub mod figures;
mod hints;
pub mod summary;

pub use figures::{StableLatency, missed, server_messages};
pub use summary::{summary, verdict_line};
