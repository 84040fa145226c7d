//! The outcomes of the operations of a run.

use mael_checkers::Counts;
use mael_history::{History, Kind, Operation};

/// The outcomes of operations, without those by which a workload restarts its clients.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcomes {
    /// The outcomes.
    pub counts: Counts,
    /// How often a workload restarted a client. Nodes get no request for this.
    pub client_restarts: u64,
}

impl Outcomes {
    /// Counts the outcomes of a history.
    pub fn of(history: &History) -> Self {
        let restarts = history.completions().filter(|end| is_client_restart(end));
        let restarts = restarts.count();
        let mut counts = Counts::of(history);
        counts.info -= restarts;
        Self {
            counts,
            client_restarts: restarts as u64,
        }
    }

    /// Returns the share of operations that succeeded; 1 if there are none.
    pub fn ok_fraction(&self) -> f64 {
        match self.counts.total() {
            0 => 1.0,
            total => self.counts.ok as f64 / total as f64,
        }
    }
}

/// Whether this is the completion of an operation of kafka, `crash`, that restarts the client. It
/// is recorded as one of unknown outcome, as in Maelstrom.
pub(super) fn is_client_restart(end: &Operation) -> bool {
    end.f == "crash" && end.kind == Kind::Info && end.error.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use mael_history::{HistoryBuilder, Value};

    #[test]
    fn a_restart_of_a_client_is_no_operation_of_unknown_outcome() {
        let mut builder = HistoryBuilder::default();
        for (process, f, kind) in [
            (0, "send", Kind::Ok),
            (1, "crash", Kind::Info),
            (2, "poll", Kind::Info),
        ] {
            builder.operation(process, Kind::Invoke, f, Value::Nil);
            builder.operation(process, kind, f, Value::Nil);
        }
        let outcomes = Outcomes::of(&builder.history);
        assert_eq!((outcomes.counts.ok, outcomes.counts.info), (1, 1));
        assert_eq!((outcomes.client_restarts, outcomes.ok_fraction()), (1, 0.5));
    }
}
