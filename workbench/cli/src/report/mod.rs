//! Output for people, during a run and at its end.

mod histories;
mod json;
mod junit;
mod progress;
mod reference;
mod score;
mod table;

pub(crate) use histories::{HistoryTable, checked};
pub(crate) use json::json;
pub(crate) use junit::junit;
pub(crate) use progress::RunProgress;
pub(crate) use reference::{protocol, workload, workloads};
pub(crate) use score::{Score, ScoredRun};
pub(crate) use table::table;
