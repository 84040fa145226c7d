//! Builds histories by hand, for examples and tests.

use crate::{History, Kind, Operation, Process, Value};

/// Builds a history by hand, with one entry per millisecond.
///
/// ```
/// use mael_history::{HistoryBuilder, Kind};
///
/// let mut builder = HistoryBuilder::default();
/// builder.operation(0, Kind::Invoke, "add", 3);
/// builder.operation(0, Kind::Ok, "add", 3);
/// assert_eq!(builder.history.invocations().count(), 1);
/// ```
#[derive(Default)]
pub struct HistoryBuilder {
    /// The entries so far.
    pub history: History,
}

impl HistoryBuilder {
    /// Adds an invocation or a completion of a client.
    pub fn operation(
        &mut self,
        process: usize,
        kind: Kind,
        f: &'static str,
        value: impl Into<Value>,
    ) {
        let index = self.history.0.len();
        self.history.0.push(Operation {
            index,
            time: index as u64 * 1_000_000,
            kind,
            process: Process::Client(process),
            f: f.into(),
            value: value.into(),
            is_final: false,
            error: None,
            exception: None,
            extra: Vec::new(),
        });
    }

    /// Adds an invocation or a completion of the final phase.
    pub fn last_operation(
        &mut self,
        process: usize,
        kind: Kind,
        f: &'static str,
        value: impl Into<Value>,
    ) {
        self.operation(process, kind, f, value);
        if let Some(last) = self.history.0.last_mut() {
            last.is_final = true;
        }
    }
}
