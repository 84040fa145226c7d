//! What a person is shown: while a run goes on, and at its end.

mod histories;
mod progress;
mod reference;
mod table;

pub(crate) use histories::{HistoryTable, checked};
pub(crate) use progress::Watch;
pub(crate) use reference::{protocol, workloads};
pub(crate) use table::ScoreTable;
