//! The score table of several runs.

use comfy_table::{Cell, CellAlignment, Table, presets};

use super::score::{Score, ScoredRun, marks};

/// Returns a table with a row for each test, in Markdown.
pub(crate) fn table(scores: &[Score]) -> String {
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
    for score in scores {
        let text = [score.title.clone(), score.verdict()];
        let numbers = score.result.as_ref().map(numbers);
        let numbers = numbers.into_iter().flatten();
        let right = |text: String| Cell::new(text).set_alignment(CellAlignment::Right);
        let text = text.into_iter().map(Cell::new);
        table.add_row(text.chain(numbers.map(right)));
    }
    table.to_string()
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
        assert!(text.contains("| 3b broadcast | not run |"), "{text}");
    }
}
