//! Operation counts. Source: Jepsen's stats checker, with Maelstrom's exceptions.

use std::collections::BTreeMap;

use mael_history::{History, Kind, Validity, Value};

use crate::Verdict;

/// Operations that may always fail.
const EXEMPT: [&str; 2] = ["crash", "debug-topic-partitions"];

/// Operations by completion type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Operations that succeeded.
    pub ok: usize,
    /// Operations that certainly had no effect.
    pub fail: usize,
    /// Operations whose outcome is unknown.
    pub info: usize,
}

impl Counts {
    /// Counts the completed operations.
    pub fn of(history: &History) -> Self {
        let mut counts = Self::default();
        for operation in history.completions() {
            counts.add(operation.kind);
        }
        counts
    }

    /// Returns the number of completed operations.
    pub fn total(self) -> usize {
        self.ok + self.fail + self.info
    }

    fn add(&mut self, kind: Kind) {
        match kind {
            Kind::Ok => self.ok += 1,
            Kind::Fail => self.fail += 1,
            Kind::Info => self.info += 1,
            Kind::Invoke => {}
        }
    }

    fn entries(self, valid: Validity) -> Vec<(&'static str, Value)> {
        vec![
            ("valid?", valid.into()),
            ("count", self.total().into()),
            ("ok-count", self.ok.into()),
            ("fail-count", self.fail.into()),
            ("info-count", self.info.into()),
        ]
    }
}

/// Checks that every kind of operation succeeded at least once.
pub fn check(history: &History) -> Verdict {
    let mut by_f = BTreeMap::<&str, Counts>::new();
    for operation in history.completions() {
        by_f.entry(&operation.f).or_default().add(operation.kind);
    }
    let failed: Vec<(&str, Counts)> = by_f
        .iter()
        .map(|(f, counts)| (*f, *counts))
        .filter(|(f, counts)| counts.ok == 0 && !EXEMPT.contains(f))
        .collect();
    let valid = Validity::from(failed.is_empty());
    let entries = by_f.iter().map(|(f, counts)| {
        let valid = Validity::from(counts.ok > 0);
        (
            Value::keyword((*f).to_owned()),
            Value::map(counts.entries(valid)),
        )
    });
    let by_f = Value::Map(entries.collect());
    let mut results = Counts::of(history).entries(valid);
    results.push(("by-f", by_f));
    Verdict {
        valid,
        results: Value::map(results),
        explanation: failed
            .into_iter()
            .map(|(f, counts)| {
                format!(
                    "no `{f}` succeeded: {} failed, {} have an unknown outcome",
                    counts.fail, counts.info
                )
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use mael_history::HistoryBuilder;

    use super::*;

    fn history(operations: &[(&'static str, Kind)]) -> History {
        let mut builder = HistoryBuilder::default();
        for (f, kind) in operations {
            builder.operation(0, Kind::Invoke, f, Value::Nil);
            builder.operation(0, *kind, f, Value::Nil);
        }
        builder.history
    }

    #[test]
    fn operations_are_counted_by_completion_type() {
        let kinds = [Kind::Ok, Kind::Fail, Kind::Fail, Kind::Info, Kind::Info];
        let counts = Counts::of(&history(&kinds.map(|kind| ("read", kind))));
        let expected = Counts {
            ok: 1,
            fail: 2,
            info: 2,
        };
        assert_eq!((counts, counts.total()), (expected, 5));
    }

    #[test]
    fn each_kind_of_operation_must_succeed_once_unless_it_is_exempt() {
        let valid = |operations: &[(&'static str, Kind)]| check(&history(operations)).valid;
        assert_eq!(
            valid(&[("cas", Kind::Fail), ("cas", Kind::Ok)]),
            Validity::True
        );
        assert_eq!(
            valid(&[("read", Kind::Ok), ("cas", Kind::Fail)]),
            Validity::False
        );
        assert_eq!(
            valid(&[("read", Kind::Ok), ("crash", Kind::Info)]),
            Validity::True
        );
    }
}
