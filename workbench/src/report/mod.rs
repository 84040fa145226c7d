//! What a person is shown: while a run goes on, and at its end.

mod progress;
mod summary;
mod table;

pub(crate) use progress::Watch;
pub(crate) use summary::{summary, verdict_line};
pub(crate) use table::ScoreTable;
