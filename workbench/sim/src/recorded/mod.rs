//! What a recorded run contains: the messages of its journal, the faults of its history, and the
//! schedule that repeats it.

mod deliveries;
mod faults;
mod journaled;
mod schedule;

pub(crate) use faults::{Cut, Faults, NodeState};
pub(crate) use journaled::{Header, Journaled, Line, Lines, between_servers};

pub use deliveries::deliveries;
pub use schedule::schedule;
