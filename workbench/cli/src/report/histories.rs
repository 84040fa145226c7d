//! Reports on recorded histories.

use std::fmt;

use comfy_table::{Cell, CellAlignment, Table, presets};
use mael_checkers::{Explained, explained};
use mael_history::Validity;
use mael_history::text::counted;
use mael_sim::report::summary::{self, counts, listed};

use super::table::verdict;
use crate::checked::{Checked, Judged};
use crate::explain::is_explained;
use crate::next;

/// Returns the report on a history, whose last line is the verdict.
pub(crate) fn checked(checked: &Checked, strict: bool) -> String {
    let path = checked.path.display();
    let judged = match &checked.outcome {
        Ok(judged) => judged,
        Err(error) => return format!("error: {error:#}"),
    };
    let coverage = judged.coverage;
    let mut lines = vec![format!(
        "{path}: {}, {} judged, {} refused, {} unknown; read in {:.3} s, checked in {:.3} s",
        counted(coverage.read() as u64, "operation"),
        coverage.judged,
        coverage.refused,
        coverage.unknown,
        judged.reading.as_secs_f64(),
        judged.checking.as_secs_f64(),
    )];
    if !judged.anomalies.is_empty() {
        lines.push(format!("anomalies: {}", judged.anomalies.join(", ")));
    }
    let texts = judged.verdict.explanation.iter().map(String::as_str);
    let (valid, results) = (judged.verdict.valid, &judged.verdict.results);
    let explained = explained(valid, results, texts, judged.unnamed);
    lines.extend(listed(explained.iter().map(Explained::to_string)));
    lines.extend(judged.notes.iter().map(|note| format!("note: {note}")));
    let names = explained.iter().filter_map(|it| it.anomaly.as_deref());
    let mut names = names.filter(|name| is_explained(name));
    lines.extend(names.next().map(next::explain));
    let stricter = judged.verdict.stricter();
    lines.push(summary::verdict(
        judged.verdict.valid,
        &stricter,
        strict,
        coverage,
    ));
    lines.join("\n")
}

/// A table with a row for each history, in Markdown.
pub(crate) struct HistoryTable(Table);

impl HistoryTable {
    pub(crate) fn new() -> Self {
        let mut table = Table::new();
        table.enforce_styling();
        table.load_style(presets::ASCII_MARKDOWN).set_header([
            "history",
            "verdict",
            "found",
            "operations",
            "judged",
            "read",
            "checked",
        ]);
        Self(table)
    }

    /// Adds a history.
    pub(crate) fn add(&mut self, checked: &Checked) {
        let path = checked.path.display().to_string();
        let judged = match &checked.outcome {
            Ok(judged) => judged,
            Err(error) => {
                let cells = [path, "not read".to_owned(), format!("{error:#}")];
                self.0.add_row(cells.map(Cell::new));
                return;
            }
        };
        let name = match judged.verdict.valid {
            _ if judged.coverage.judged == 0 => "not judged",
            Validity::True if judged.verdict.stricter().is_empty() => "valid",
            Validity::True => "valid, but",
            Validity::Unknown => "unknown",
            Validity::False => "INVALID",
        };
        let text = [Cell::new(path), verdict(name), Cell::new(found(judged))];
        let numbers = [
            judged.coverage.read().to_string(),
            judged.coverage.judged.to_string(),
            format!("{:.3} s", judged.reading.as_secs_f64()),
            format!("{:.3} s", judged.checking.as_secs_f64()),
        ];
        let right = |text: String| Cell::new(text).set_alignment(CellAlignment::Right);
        self.0
            .add_row(text.into_iter().chain(numbers.into_iter().map(right)));
    }
}

/// Returns the names of anomalies and of stricter findings.
fn found(judged: &Judged) -> String {
    let stricter = counts(&judged.verdict.stricter());
    let stricter = (!stricter.is_empty()).then_some(stricter);
    let found: Vec<String> = judged.anomalies.iter().cloned().chain(stricter).collect();
    found.join(", ")
}

impl fmt::Display for HistoryTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
