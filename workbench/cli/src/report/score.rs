//! The result of one test among several.

use std::path::PathBuf;

use mael::time::Duration;
use mael_checkers::net::messages_per_operation;
use mael_history::Validity;
use mael_history::text::counted;
use mael_sim::glomers::Line;
use mael_sim::options::flags::{command_line, flags};
use mael_sim::report::Outcomes;
use mael_sim::report::figures::{Measured, StableLatency};
use mael_sim::report::summary::percentiles;
use mael_sim::{Exit, Options};

use crate::real_run::RealRun;

/// A test, and its result.
pub(crate) struct Score {
    /// The challenge, the program or the workload, and the faults, which differ from those of all
    /// other tests.
    pub(crate) title: String,
    pub(crate) challenge: &'static str,
    pub(crate) program: String,
    pub(crate) workload: &'static str,
    /// The flags that differ from their defaults, except for the seed.
    pub(crate) flags: String,
    pub(crate) seed: u64,
    /// `None` if the test was not run.
    pub(crate) result: Option<ScoredRun>,
}

/// The result of a test that was run.
pub(crate) struct ScoredRun {
    /// The exit status. A run that misses a mark is invalid.
    pub(crate) exit: Exit,
    pub(crate) valid: Validity,
    /// The verdict, in a word or two.
    pub(crate) verdict: &'static str,
    pub(crate) anomalies: Vec<String>,
    /// Why the test failed, in a sentence, if it did.
    pub(crate) reason: Option<String>,
    pub(crate) marks: Vec<Measured>,
    pub(crate) operations: usize,
    pub(crate) ok_fraction: f64,
    pub(crate) messages: Option<f32>,
    pub(crate) server_messages: Option<f32>,
    /// The median and the 99th percentile, as text.
    pub(crate) latencies: String,
    pub(crate) stable_latency: Option<StableLatency>,
    pub(crate) took: Duration,
    pub(crate) store: PathBuf,
    pub(crate) summary: String,
}

impl Score {
    /// Creates the score of a test that was not run yet. `name` is that of the program or the
    /// workload in the title.
    pub(crate) fn new(line: &Line, name: &str, program: String, options: &Options) -> Self {
        let faults = options.nemesis.iter().map(|fault| format!(", {fault}"));
        Self {
            title: format!("{} {name}{}", line.challenge, faults.collect::<String>()),
            challenge: line.challenge,
            program,
            workload: line.workload,
            flags: command_line(flags(options).iter().map(String::as_str)),
            seed: options.seed,
            result: None,
        }
    }

    /// Whether the test was run, is valid, and meets the marks of its challenge.
    pub(crate) fn has_passed(&self) -> bool {
        let exit = self.result.as_ref().map(|run| run.exit);
        exit == Some(Exit::Valid)
    }

    /// Returns the verdict with the names of anomalies.
    pub(crate) fn verdict(&self) -> String {
        let Some(run) = &self.result else {
            return "not run".to_owned();
        };
        let verdict = run.verdict;
        match &*run.anomalies {
            [] => verdict.to_owned(),
            [a] => format!("{verdict}: {a}"),
            [a, b] => format!("{verdict}: {a}, {b}"),
            [a, b, others @ ..] => format!("{verdict}: {a}, {b} + {}", others.len()),
        }
    }

    /// Returns a line for each mark of the challenge that was missed.
    pub(crate) fn missed_marks(&self) -> Vec<String> {
        let marks = self.result.iter().flat_map(|run| &run.marks);
        let missed = marks.filter(|mark| !mark.is_met());
        let line = |mark| format!("{} misses a mark of its challenge: {mark}", self.title);
        missed.map(line).collect()
    }

    /// Returns the result in a line.
    pub(crate) fn line(&self) -> String {
        let text = format!("{}: {}", self.title, self.verdict());
        let Some(run) = &self.result else {
            return text;
        };
        let marks = match marks(&run.marks) {
            Some(marks) => format!("; marks {marks}"),
            None => String::new(),
        };
        let operations = counted(run.operations as u64, "operation");
        let took = run.took.as_secs_f64();
        format!("{text}; {operations} in {took:.1} s{marks}")
    }
}

impl ScoredRun {
    pub(crate) fn new(line: &Line, run: &RealRun) -> Self {
        let RealRun {
            record, results, ..
        } = run;
        let history = &record.history;
        let marks = line.marks.as_ref();
        let marks = marks.map(|marks| Measured::all(marks, record, results).to_vec());
        let marks = marks.unwrap_or_default();
        let missed = marks.iter().find(|mark| !mark.is_met());
        let exit = match run.exit() {
            Exit::Valid if missed.is_some() => Exit::Invalid,
            exit => exit,
        };
        let verdict = match results.outcome() {
            _ if record.error.is_some() => "run failed",
            _ if results.coverage.judged == 0 => "not judged",
            Validity::True => "valid",
            Validity::Unknown => "unknown",
            Validity::False => "INVALID",
        };
        let anomalies = match &record.error {
            None => results.anomalies().into_iter().collect(),
            Some(_) => Vec::new(),
        };
        let error = record.error.as_ref().map(ToString::to_string);
        let explained = results.explained().first().map(ToString::to_string);
        let missed = missed.map(Measured::to_string);
        let reason = match exit {
            Exit::Valid => None,
            _ => error.or(explained).or(missed),
        };
        Self {
            exit,
            valid: results.of_run(record).outcome(),
            verdict,
            anomalies,
            reason,
            marks,
            operations: history.invocations().count(),
            ok_fraction: Outcomes::of(history).ok_fraction(),
            messages: messages_per_operation(record.net.all(), history),
            server_messages: messages_per_operation(record.net.servers, history),
            latencies: percentiles(&history.latencies()),
            stable_latency: StableLatency::of(results),
            took: record.took,
            store: run.path(),
            summary: run.summary(),
        }
    }
}

/// Describes whether the marks are met, and by how much: the smallest margin of all. `None` without
/// marks.
pub(crate) fn marks(marks: &[Measured]) -> Option<String> {
    let margins = marks.iter().map(Measured::margin);
    let smallest = margins.min_by(|a, b| a.partial_cmp(b).expect("figures are numbers"))?;
    let are_met = marks.iter().all(Measured::is_met);
    let verb = if are_met { "met" } else { "MISSED" };
    Some(match smallest {
        Some(margin) => format!("{verb} by {:.0} %", 100.0 * margin.abs()),
        None => verb.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use mael_sim::glomers::LINES;
    use mael_sim::options::Given;

    #[test]
    fn official_tests_with_different_flags_have_different_titles() {
        let titles: BTreeSet<String> = LINES
            .iter()
            .map(|line| {
                let flags: Given = Given::parse(line.flags.split_whitespace()).unwrap();
                let options = flags.over(&Options::default()).unwrap();
                Score::new(line, line.bin, line.bin.to_owned(), &options).title
            })
            .collect();
        assert_eq!(titles.len(), LINES.len());
        assert!(titles.contains("6b txn") && titles.contains("6b txn, partition"));
    }

    #[test]
    fn the_smallest_margin_is_shown() {
        let measured = |figures: [Option<f64>; 2]| {
            let measured = figures.map(|figure| Measured {
                what: "ms",
                figure,
                limit: 200.0,
            });
            marks(&measured)
        };
        for (figures, text) in [
            ([Some(150.0), Some(20.0)], "met by 25 %"),
            ([Some(250.0), Some(20.0)], "MISSED by 25 %"),
            ([Some(200.0), Some(20.0)], "MISSED by 0 %"),
            ([None, Some(20.0)], "MISSED"),
        ] {
            assert_eq!(measured(figures).as_deref(), Some(text));
        }
        assert_eq!(marks(&[]), None);
    }
}
