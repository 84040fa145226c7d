//! Output for people, during a run and at its end.

mod histories;
mod progress;
mod reference;
mod table;

pub(crate) use histories::{HistoryTable, checked};
pub(crate) use progress::RunProgress;
pub(crate) use reference::{protocol, workloads};
pub(crate) use table::ScoreTable;
