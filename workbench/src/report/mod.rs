//! What a person is shown: while a run goes on, and at its end.

mod bar;
mod figures;
mod hints;
mod histories;
mod progress;
mod reference;
mod summary;
mod table;

pub(crate) use bar::Bar;
pub(crate) use figures::missed;
pub(crate) use histories::{HistoryTable, checked};
pub(crate) use progress::Watch;
pub(crate) use reference::{protocol, workloads};
pub(crate) use summary::{summary, verdict_line};
pub(crate) use table::ScoreTable;
