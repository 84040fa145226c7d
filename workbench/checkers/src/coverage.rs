//! How much of a history a verdict rests on.

use std::collections::BTreeSet;

use mael_history::{History, Kind, Operation, Pairs, Process, Value};

/// The operations of the clients of a history, by what a checker makes of them. Together they are
/// all that were read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Those that the verdict rests on.
    pub judged: usize,
    /// Those that the workload does not have. Where there is one, none is judged.
    pub refused: usize,
    /// All others: of unknown outcome, without effect, or with nothing to compare them with.
    pub unknown: usize,
}

impl Coverage {
    /// Counts the operations of a history. `judges` says whether one is judged.
    ///
    /// A history whose operations can't be told apart has only unknown ones.
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

    /// All operations that were read.
    pub fn read(self) -> usize {
        self.judged + self.refused + self.unknown
    }

    /// The same where something is there without which none is judged.
    #[must_use]
    pub(crate) fn only_if(mut self, judged: bool) -> Self {
        if !judged {
            self.unknown += std::mem::take(&mut self.judged);
        }
        self
    }

    /// The counts as a map.
    pub fn to_value(self) -> Value {
        Value::map([
            ("read", self.read().into()),
            ("judged", self.judged.into()),
            ("refused", self.refused.into()),
            ("unknown", self.unknown.into()),
        ])
    }
}

/// How many operations there are in a history that need not be well formed: a completion of what was
/// never invoked is one too.
fn operations(history: &History) -> usize {
    let mut running = BTreeSet::<&Process>::new();
    let begins = history.client_operations().filter(|operation| {
        if operation.kind == Kind::Invoke {
            running.insert(&operation.process);
            return true;
        }
        !running.remove(&operation.process)
    });
    begins.count()
}

/// The operations of a history, if a workload has all of them.
///
/// # Errors
/// When they can't be told apart, or at the first that the workload does not have; says why.
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

/// What an operation did: the value that it completed with, or else what it was invoked with, if it
/// may have been recorded without a value.
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

/// Whether an operation succeeded.
pub fn is_ok(completion: Option<&Operation>) -> bool {
    completion.is_some_and(|completion| completion.kind == Kind::Ok)
}

/// That a workload has no operation of this name.
pub fn no_such(f: &str, all: &str) -> String {
    format!("expected {all}, not {f}")
}
