//! Histories that were judged after the fact.

use std::fmt;

use comfy_table::{Cell, CellAlignment, Table, presets};

use super::summary::{counts, listed, verdict};
use crate::cli::Checked;
use crate::counted::counted;
use crate::workloads::Verdict;
use crate::{Validity, checkers};

/// What a checker says of a history, at length, and in the last line whether it is valid.
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
    let anomalies = checkers::named(&judged.verdict.results);
    if !anomalies.is_empty() {
        lines.push(format!("anomalies: {}", anomalies.join(", ")));
    }
    lines.extend(listed(judged.verdict.explanation.iter().cloned()));
    lines.extend(judged.notes.iter().map(|note| format!("note: {note}")));
    let stricter = judged.verdict.stricter();
    lines.push(verdict(judged.verdict.valid, &stricter, strict, coverage));
    lines.join("\n")
}

/// A line for each history, as Markdown.
pub(crate) struct HistoryTable(Table);

impl HistoryTable {
    pub(crate) fn new() -> Self {
        let mut table = Table::new();
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
        let verdict = match judged.verdict.valid {
            _ if judged.coverage.judged == 0 => "not judged",
            Validity::True if judged.verdict.stricter().is_empty() => "valid",
            Validity::True => "valid, but",
            Validity::Unknown => "unknown",
            Validity::False => "INVALID",
        };
        let text = [path, verdict.to_owned(), found(&judged.verdict)];
        let numbers = [
            judged.coverage.read().to_string(),
            judged.coverage.judged.to_string(),
            format!("{:.3} s", judged.reading.as_secs_f64()),
            format!("{:.3} s", judged.checking.as_secs_f64()),
        ];
        let right = |text: String| Cell::new(text).set_alignment(CellAlignment::Right);
        let text = text.into_iter().map(Cell::new);
        self.0.add_row(text.chain(numbers.into_iter().map(right)));
    }
}

/// What was found, in a few words: the anomalies and the findings of stricter checks by name, or
/// else how many things are explained.
fn found(verdict: &Verdict) -> String {
    let anomalies = checkers::named(&verdict.results);
    let stricter = counts(&verdict.stricter());
    let found: Vec<&str> = anomalies
        .into_iter()
        .chain((!stricter.is_empty()).then_some(&*stricter))
        .collect();
    match verdict.explanation.len() {
        _ if !found.is_empty() => found.join(", "),
        0 => String::new(),
        1 => "1 error".to_owned(),
        count => format!("{count} errors"),
    }
}

impl fmt::Display for HistoryTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
