//! The results of several tests as JSON.

use std::path::Path;

use mael_history::Value;
use mael_sim::report::figures::Measured;
use serde::Serialize;

use super::score::Score;

#[derive(Serialize)]
struct Summary<'a> {
    /// Whether all tests passed.
    passed: bool,
    lines: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    title: &'a str,
    program: &'a str,
    workload: &'a str,
    flags: &'a str,
    seed: u64,
    passed: bool,
    /// The other fields are missing if the test was not run.
    #[serde(flatten)]
    run: Option<Run<'a>>,
}

#[derive(Serialize)]
struct Run<'a> {
    /// As in `results.json`: true, false, or "unknown".
    valid: Value,
    verdict: &'a str,
    anomalies: &'a [String],
    /// Why the test failed.
    reason: Option<&'a str>,
    marks: Vec<Mark>,
    operations: usize,
    ok_fraction: f64,
    seconds: f64,
    store: &'a Path,
}

#[derive(Serialize)]
struct Mark {
    name: &'static str,
    limit: f64,
    measured: Option<f64>,
    met: bool,
}

/// Returns the results as a JSON object.
pub(crate) fn json(scores: &[Score]) -> anyhow::Result<String> {
    let summary = Summary {
        passed: scores.iter().all(Score::has_passed),
        lines: scores.iter().map(Line::new).collect(),
    };
    Ok(serde_json::to_string_pretty(&summary)?)
}

impl<'a> Line<'a> {
    fn new(score: &'a Score) -> Self {
        let run = score.result.as_ref().map(|run| Run {
            valid: run.valid.into(),
            verdict: run.verdict,
            anomalies: &run.anomalies,
            reason: run.reason.as_deref(),
            marks: run.marks.iter().map(Mark::new).collect(),
            operations: run.operations,
            ok_fraction: run.ok_fraction,
            seconds: run.took.as_secs_f64(),
            store: &run.store,
        });
        Self {
            id: score.challenge,
            title: &score.title,
            program: &score.program,
            workload: score.workload,
            flags: &score.flags,
            seed: score.seed,
            passed: score.has_passed(),
            run,
        }
    }
}

impl Mark {
    fn new(measured: &Measured) -> Self {
        Self {
            name: measured.what,
            limit: measured.limit,
            measured: measured.figure,
            met: measured.is_met(),
        }
    }
}
