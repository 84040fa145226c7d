//! The messages of a run, and their Lamport diagram.

mod diagram;
mod journal;
mod lanes;
mod pages;
mod time_axis;

pub use diagram::{messages, minimal_run};
pub use journal::Messages;
pub use pages::{Page, Pages};
