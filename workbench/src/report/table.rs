//! The score table of several runs.

use std::fmt;

use comfy_table::{Cell, CellAlignment, Table, presets};

use super::summary::percentiles;
use crate::Validity;
use crate::checkers::{Results, messages_per_operation, ok_fraction};
use crate::engine::Record;

/// A line for each run, as Markdown.
pub(crate) struct ScoreTable(Table);

impl ScoreTable {
    pub(crate) fn new() -> Self {
        let mut table = Table::new();
        table.load_style(presets::ASCII_MARKDOWN).set_header([
            "challenge",
            "verdict",
            "operations",
            "ok",
            "msgs/op",
            "server msgs/op",
            "p50 / p99",
            "time",
        ]);
        Self(table)
    }

    /// Adds a run.
    pub(crate) fn add(&mut self, challenge: &str, bin: &str, record: &Record, results: &Results) {
        let verdict = match results.outcome() {
            _ if record.broken.is_some() => "run failed",
            _ if results.coverage.judged == 0 => "not judged",
            Validity::True => "valid",
            Validity::Unknown => "unknown",
            Validity::False => "INVALID",
        };
        let history = &record.history;
        let rate = |counts| {
            let rate = messages_per_operation(counts, history);
            rate.map_or("-".to_owned(), |rate| format!("{rate:.2}"))
        };
        let text = [title(challenge, bin), verdict.to_owned()];
        let numbers = [
            history.invocations().count().to_string(),
            format!("{:.2} %", 100.0 * ok_fraction(history)),
            rate(record.net.all()),
            rate(record.net.servers),
            percentiles(&history.latencies()),
            format!("{:.1} s", record.took.as_secs_f64()),
        ];
        let right = |text: String| Cell::new(text).set_alignment(CellAlignment::Right);
        self.0.add_row(
            text.into_iter()
                .map(Cell::new)
                .chain(numbers.into_iter().map(right)),
        );
    }

    /// Adds a run that did not come about.
    pub(crate) fn add_not_run(&mut self, challenge: &str, bin: &str) {
        self.0
            .add_row([title(challenge, bin), "not run".to_owned()]);
    }
}

fn title(challenge: &str, bin: &str) -> String {
    format!("{challenge} {bin}")
}

impl fmt::Display for ScoreTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_that_was_not_run_is_in_the_table() {
        let mut table = ScoreTable::new();
        table.add_not_run("3b", "broadcast");
        let text = table.to_string();
        assert!(text.contains("| 3b broadcast | not run |"), "{text}");
    }
}
