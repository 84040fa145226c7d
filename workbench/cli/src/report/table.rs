//! The score table of several runs.

use comfy_table::{Cell, CellAlignment, Color, Table, presets};

use super::score::{Score, ScoredRun, marks};

/// Returns a table with a row for each test, in Markdown.
pub(crate) fn table(scores: &[Score]) -> String {
    let mut table = Table::new();
    table.enforce_styling();
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
    for score in scores {
        let text = [Cell::new(&score.title), verdict(&score.verdict())];
        let numbers = score.result.as_ref().map(numbers);
        let numbers = numbers.into_iter().flatten();
        let right = |text: String| Cell::new(text).set_alignment(CellAlignment::Right);
        table.add_row(text.into_iter().chain(numbers.map(right)));
    }
    table.to_string()
}

/// Returns the cell of a verdict, in its colour. [`print_report`](mael_sim::command::print_report)
/// removes the colour if stdout is not a terminal.
pub(super) fn verdict(text: &str) -> Cell {
    let color = match text {
        "valid" => Color::Green,
        _ if text.starts_with("INVALID") || text == "run failed" => Color::Red,
        _ => Color::Yellow,
    };
    Cell::new(text).fg(color)
}

/// Returns the figures of a run. Those with a mark are followed by its limit.
fn numbers(run: &ScoredRun) -> [String; 8] {
    let rate = |rate: Option<f32>| rate.map_or("-".to_owned(), |rate| format!("{rate:.2}"));
    let (mut servers, mut stable) = (rate(run.server_messages), "-".to_owned());
    if let Some(latency) = run.stable_latency {
        stable = latency.to_string();
    }
    if let [messages, median, maximum] = &*run.marks {
        servers = format!("{servers} of {}", messages.limit);
        if let Some(latency) = run.stable_latency {
            let (median, maximum) = (median.limit, maximum.limit);
            stable = format!(
                "{} / {} of {median} / {maximum} ms",
                latency.median, latency.maximum
            );
        }
    }
    [
        run.operations.to_string(),
        format!("{:.2} %", 100.0 * run.ok_fraction),
        rate(run.messages),
        servers,
        run.latencies.clone(),
        stable,
        marks(&run.marks).unwrap_or_else(|| "-".to_owned()),
        format!("{:.1} s", run.took.as_secs_f64()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use mael_sim::Options;
    use mael_sim::glomers::line;

    #[test]
    fn a_test_that_was_not_run_is_in_the_table() {
        let line = line("3b", "broadcast", "broadcast", "");
        let program = "broadcast".to_owned();
        let score = Score::new(&line, line.bin, program, &Options::default());
        let text = table(&[score]);
        let text = anstream::adapter::strip_str(&text).to_string();
        assert!(text.contains("| 3b broadcast | not run |"), "{text}");
    }
}
