//! Counts of the operations on which a verdict rests.

use std::collections::BTreeSet;

use mael_history::{History, Kind, Operation, Pairs, Process, Value};

/// The client operations of a history, counted by whether a checker could use them. The counts add
/// up to all operations that were read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Operations on which the verdict rests.
    pub judged: usize,
    /// Operations that the workload does not support. If there is one, no operation is judged.
    pub refused: usize,
    /// All others: those of unknown outcome, without effect, or with nothing to compare them with.
    pub unknown: usize,
}

impl Coverage {
    /// Counts the operations of a history. `judges` returns whether an operation is judged, or an
    /// error if the workload does not support it.
    ///
    /// If completions can't be matched with invocations, all operations are unknown.
    pub fn of(
        history: &History,
        judges: impl Fn(&Operation, Option<&Operation>) -> Result<bool, String>,
    ) -> Self {
        let mut coverage = Self::default();
        let Ok(pairs) = history.pairs() else {
            coverage.unknown = operations(history);
            return coverage;
        };
        for (invocation, completion) in &pairs.list {
            match judges(invocation, *completion) {
                Ok(true) => coverage.judged += 1,
                Ok(false) => coverage.unknown += 1,
                Err(_) => coverage.refused += 1,
            }
        }
        coverage.only_if(coverage.refused == 0)
    }

    /// Returns the number of all operations that were read.
    pub fn read(self) -> usize {
        self.judged + self.refused + self.unknown
    }

    /// Counts the judged operations as unknown unless `judged`.
    #[must_use]
    pub(crate) fn only_if(mut self, judged: bool) -> Self {
        if !judged {
            self.unknown += std::mem::take(&mut self.judged);
        }
        self
    }

    /// Returns the counts as a map.
    pub fn to_value(self) -> Value {
        Value::map([
            ("read", self.read().into()),
            ("judged", self.judged.into()),
            ("refused", self.refused.into()),
            ("unknown", self.unknown.into()),
        ])
    }
}

/// Counts the operations of a history that need not be well formed: a completion without an
/// invocation counts too.
fn operations(history: &History) -> usize {
    let mut running = BTreeSet::<&Process>::new();
    let operations = history.client_operations().filter(|operation| {
        if operation.kind == Kind::Invoke {
            running.insert(&operation.process);
            return true;
        }
        !running.remove(&operation.process)
    });
    operations.count()
}

/// Returns the operations of a history if the workload supports all of them.
///
/// # Errors
/// Returns an error if completions can't be matched with invocations, or at the first operation
/// that the workload does not support.
pub fn understood<'h>(
    history: &'h History,
    judges: impl Fn(&Operation, Option<&Operation>) -> Result<bool, String>,
) -> Result<Pairs<'h>, String> {
    let pairs = history.pairs().map_err(|unpaired| unpaired.to_string())?;
    for (invocation, completion) in &pairs.list {
        judges(invocation, *completion)
            .map_err(|reason| format!("{} can't be judged: {reason}", invocation.label()))?;
    }
    Ok(pairs)
}

/// Returns the value of the completion, or that of the invocation if the completion may have been
/// recorded without a value.
pub(crate) fn recorded_value<'h>(
    invocation: &'h Operation,
    completion: Option<&'h Operation>,
) -> &'h Value {
    match completion {
        Some(completion) if completion.kind == Kind::Ok || completion.value != Value::Nil => {
            &completion.value
        }
        _ => &invocation.value,
    }
}

/// Returns whether an operation succeeded.
pub fn is_ok(completion: Option<&Operation>) -> bool {
    completion.is_some_and(|completion| completion.kind == Kind::Ok)
}

/// Returns the error for an operation that a workload does not support.
pub fn no_such(f: &str, all: &str) -> String {
    format!("expected {all}, not {f}")
}

#[cfg(test)]
mod tests {
    use mael_history::HistoryBuilder;

    use super::*;

    #[test]
    fn a_history_that_is_not_well_formed_has_unknown_operations_only() {
        let mut builder = HistoryBuilder::default();
        builder.operation(0, Kind::Invoke, "read", Value::Nil);
        builder.operation(0, Kind::Ok, "read", Value::Nil);
        builder.operation(1, Kind::Ok, "read", Value::Nil);
        builder.operation(2, Kind::Invoke, "read", Value::Nil);
        let coverage = Coverage::of(&builder.history, |_, _| Ok(true));
        let expected = Coverage {
            unknown: 3,
            ..Coverage::default()
        };
        assert_eq!(coverage, expected);
    }
}
