//! The score table of several runs.

use std::fmt;

use comfy_table::{Cell, CellAlignment, Table, presets};
use mael_checkers::availability::ok_fraction;
use mael_checkers::net::messages_per_operation;
use mael_history::Validity;

use mael_sim::engine::Record;
use mael_sim::glomers::Line;
use mael_sim::judge::Results;
use mael_sim::report::figures::{StableLatency, missed, server_messages};
use mael_sim::report::summary::percentiles;

/// A table with a row for each run, in Markdown.
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
            "stable p50 / max",
            "marks",
            "time",
        ]);
        Self(table)
    }

    /// Adds a run.
    pub(crate) fn add(&mut self, line: &Line, record: &Record, results: &Results) {
        let verdict = match results.outcome() {
            _ if record.error.is_some() => "run failed",
            _ if results.coverage.judged == 0 => "not judged",
            Validity::True => "valid",
            Validity::Unknown => "unknown",
            Validity::False => "INVALID",
        };
        let history = &record.history;
        let rate = messages_per_operation(record.net.all(), history);
        let stable = StableLatency::of(results);
        let marks = line.marks.as_ref();
        let marks = marks.map(|marks| match &*missed(marks, record, results) {
            [] => "met",
            _ => "MISSED",
        });
        let text = [title(line), verdict.to_owned()];
        let numbers = [
            history.invocations().count().to_string(),
            format!("{:.2} %", 100.0 * ok_fraction(history)),
            rate.map_or("-".to_owned(), |rate| format!("{rate:.2}")),
            server_messages(record),
            percentiles(&history.latencies()),
            stable.map_or("-".to_owned(), |latency| latency.to_string()),
            marks.unwrap_or("-").to_owned(),
            format!("{:.1} s", record.took.as_secs_f64()),
        ];
        let right = |text: String| Cell::new(text).set_alignment(CellAlignment::Right);
        self.0.add_row(
            text.into_iter()
                .map(Cell::new)
                .chain(numbers.into_iter().map(right)),
        );
    }

    /// Adds a run that was not started.
    pub(crate) fn add_not_run(&mut self, line: &Line) {
        self.0.add_row([title(line), "not run".to_owned()]);
    }
}

fn title(line: &Line) -> String {
    format!("{} {}", line.challenge, line.bin)
}

impl fmt::Display for ScoreTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mael_sim::Options;
    use mael_sim::glomers::{LINES, line};
    use mael_sim::judge::check;
    use mael_sim::workloads::Broadcast;

    #[test]
    fn a_test_that_was_not_run_is_in_the_table() {
        let mut table = ScoreTable::new();
        table.add_not_run(&line("3b", "broadcast", "broadcast", ""));
        let text = table.to_string();
        assert!(text.contains("| 3b broadcast | not run |"), "{text}");
    }

    #[test]
    fn marks_are_shown_only_for_tests_that_have_some() {
        let record = Record::default();
        let results = check(
            &Options::default(),
            &Broadcast,
            &record.history,
            &record.net,
        );
        for line in LINES {
            let mut table = ScoreTable::new();
            table.add(line, &record, &results);
            let has_marks = ["3d", "3e"].contains(&line.challenge);
            // Without operations there are no figures to meet the marks.
            assert_eq!(table.to_string().contains("MISSED"), has_marks, "{line:?}");
        }
    }
}
