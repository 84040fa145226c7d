//! The pictures of a run, and its report.

use std::fs::{self, File};
use std::io::BufReader;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use anyhow::{Context, anyhow};
use mael_checkers::Explained;
use mael_history::Validity;
use mael_pictures::{
    Messages, Pages, Report, Run, anomaly_pictures, checkers, latency_quantiles, latency_raw,
    lost_element, messages, minimal_run, png, rate, timeline,
};

use super::text_file::write;
use crate::Options;
use crate::engine::Record;
use crate::judge::Results;
use crate::options::flags::{command_line, flags};
use crate::simulation::{ReplayPlan, Simulated};
use crate::{report, trace};

/// The name of the report.
const REPORT: &str = "report.html";

/// The name of the messages of the minimal run.
const TRACE: &str = "trace.svg";

/// The maximum number of anomalies of the minimal run that are explained above its messages.
const EXPLAINED: usize = 2;

/// The files of a run and what they contain.
const FILES: [(&str, &str); 12] = [
    ("timeline.html", "the operations of each client"),
    ("messages.svg", "the messages, as a Lamport diagram"),
    (
        "latency-raw.png",
        "the latency of each operation; also as SVG",
    ),
    (
        "latency-quantiles.png",
        "quantiles of latencies; also as SVG",
    ),
    ("rate.png", "completions per second; also as SVG"),
    ("results.json", "the results of all checkers; also as EDN"),
    (
        "history.jsonl",
        "the invocations and completions of all operations",
    ),
    ("history.edn", "the same, for Jepsen's tools"),
    (
        "net-journal.jsonl",
        "all messages that were sent and received",
    ),
    ("node-logs", "what the nodes wrote to stderr"),
    ("mael.log", "the log of the run"),
    ("test.json", "the workload and the options"),
];

/// The pictures of a run, which are stored in its folder.
pub struct Pictures(PathBuf);

impl Pictures {
    /// Creates the pictures of the run in this folder.
    pub fn new(run: impl Into<PathBuf>) -> Self {
        Self(run.into())
    }

    /// Draws a run of a workload, and stores the pictures and the report, whose path is returned.
    /// The report includes the messages of the minimal run, if they were
    /// [drawn](Self::draw_trace) before.
    ///
    /// # Errors
    /// Returns an error if the journal can't be read, or a file can't be written.
    pub fn draw(
        &self,
        workload: &str,
        options: &Options,
        record: &Record,
        results: &Results,
    ) -> anyhow::Result<PathBuf> {
        let run = new_run(workload, options, record, results);
        let charts = charts(&run);
        let (written, messages) = thread::scope(|scope| {
            // Rendering takes about as long as reading the journal.
            let written = scope.spawn(|| self.write_charts(&charts));
            let messages = self.draw_messages(&run, record);
            (written.join(), messages)
        });
        written.unwrap_or_else(|panic| resume_unwind(panic))?;
        self.write("timeline.html", &timeline(&run))?;
        // It is missing if the run was not shrunk.
        let minimal = fs::read_to_string(self.0.join(TRACE)).ok();
        let charts = charts.map(|(_, heading, svg)| (heading, svg));
        let messages = ("Messages", messages?);
        let pictures: Vec<(&str, String)> = charts.into_iter().chain([messages]).collect();
        let carriers = self.carriers(&run, record)?;
        let anomalies = anomaly_pictures(&run, &results.explanation, &carriers);
        let explained = results.explained();
        let conclusions = explained.iter().filter(|it| it.anomaly.is_none());
        let conclusions: Vec<&str> = conclusions.map(|it| it.text).collect();
        let mut explanations = results.by_anomaly();
        explanations.retain(|(_, text)| !conclusions.contains(&text.as_str()));
        let valid = match &record.error {
            Some(_) => results.outcome().max(Validity::Unknown),
            None => results.outcome(),
        };
        let text = mael_pictures::report(
            &run,
            &Report {
                verdict: &verdict(record, results),
                valid,
                checked: &checked(options, results),
                minimal: minimal.as_deref(),
                explanations: &explanations,
                conclusions: &conclusions,
                unnamed: results.unnamed(),
                figures: &report::figures::table(record, results),
                summary: &report::summary(record, results),
                anomalies: &anomalies,
                pictures: &pictures,
                files: &FILES,
            },
        );
        self.write(REPORT, &text)?;
        Ok(self.0.join(REPORT))
    }

    /// Draws and stores the messages of the run that a plan replays, from its first operation or
    /// fault on.
    ///
    /// # Errors
    /// Returns an error if the file can't be written.
    pub fn draw_trace(
        &self,
        workload: &str,
        plan: &ReplayPlan,
        replayed: &Simulated,
    ) -> anyhow::Result<()> {
        let ReplayPlan { options, .. } = plan;
        let Simulated {
            record,
            results,
            journal,
            ..
        } = replayed;
        let run = new_run(workload, options, record, results);
        let first = record.history.0.first().map_or(0, |first| first.time);
        let first = Duration::from_nanos(first).as_secs_f64();
        let read = Messages::read(journal.as_slice(), record.origin)?;
        let mut read = read.since(first).labelled(trace::body_text);
        let pages = Pages::new(&run, &mut read, journal.as_slice())?;
        let explained = why_it_fails(results);
        let svg = minimal_run(&run, &read, &pages.opened(), &explained);
        self.write(TRACE, &svg)
    }

    /// Writes charts as SVG and PNG.
    fn write_charts(&self, charts: &[Chart]) -> anyhow::Result<()> {
        for (file, _, svg) in charts {
            let png = png(svg).map_err(|reason| anyhow!("can't render {file}: {reason}"))?;
            let path = self.0.join(file).with_extension("png");
            fs::write(&path, png).with_context(|| format!("can't write {}", path.display()))?;
            self.write(&format!("{file}.svg"), svg)?;
        }
        Ok(())
    }

    /// Draws the messages on one or more pages, and returns the page to open first.
    fn draw_messages(&self, run: &Run<'_>, record: &Record) -> anyhow::Result<String> {
        let mut read = Messages::read(self.read_journal()?, record.origin)?;
        let pages = Pages::new(run, &mut read, self.read_journal()?)?;
        for page in pages.iter() {
            if let Some(folder) = self.0.join(&page.file).parent() {
                let what = || format!("can't create the folder {}", folder.display());
                fs::create_dir_all(folder).with_context(what)?;
            }
            self.write(&page.file, &messages(run, &read, &page))?;
        }
        Ok(messages(run, &read, &pages.opened()))
    }

    /// Reads the messages that carry an element that was lost.
    fn carriers(&self, run: &Run<'_>, record: &Record) -> anyhow::Result<Messages> {
        let Some(element) = lost_element(run) else {
            return Ok(Messages::default());
        };
        let journal = self.read_journal()?;
        Ok(Messages::carrying(element, journal, record.origin)?)
    }

    fn write(&self, name: &str, text: &str) -> anyhow::Result<()> {
        write(&self.0, name, text)
    }

    fn read_journal(&self) -> anyhow::Result<BufReader<File>> {
        let path = self.0.join("net-journal.jsonl");
        let journal = File::open(&path);
        let journal = journal.with_context(|| format!("can't read {}", path.display()))?;
        Ok(BufReader::with_capacity(1 << 20, journal))
    }
}

/// Returns the run to draw.
fn new_run<'a>(
    workload: &'a str,
    options: &'a Options,
    record: &'a Record,
    results: &'a Results,
) -> Run<'a> {
    let clients = options.clients();
    let Record { history, .. } = record;
    Run::new(workload, history, &results.map, &options.nodes, clients)
}

/// The name of a chart's files, its heading, and its SVG.
type Chart = (&'static str, &'static str, String);

fn charts(run: &Run<'_>) -> [Chart; 3] {
    let quantiles = latency_quantiles(run);
    [
        ("latency-raw", "Latencies", latency_raw(run)),
        ("latency-quantiles", "Latency quantiles", quantiles),
        ("rate", "Rate", rate(run)),
    ]
}

/// Explains the first anomalies of a minimal run.
fn why_it_fails(results: &Results) -> Vec<String> {
    let mut explained = results.explained();
    explained.retain(|it| it.anomaly.is_some());
    // Of a run with few operations, some checks can judge nothing.
    let is_vague = |it: &Explained<'_>| {
        let name = it.anomaly.as_deref();
        name.is_some_and(|name| ["unknown", "empty-transaction-graph"].contains(&name))
    };
    if !explained.iter().all(is_vague) {
        explained.retain(|it| !is_vague(it));
    }
    let sentences = explained.iter().take(EXPLAINED);
    sentences.map(Explained::to_string).collect()
}

/// Returns the verdict with the names of all anomalies.
fn verdict(record: &Record, results: &Results) -> String {
    let line = report::verdict_line(record, results);
    let names: Vec<String> = results.anomalies().into_iter().collect();
    let end = if line.ends_with(['.', '!']) { "" } else { "." };
    match &*names.join(", ") {
        "" => line,
        names => format!("{line}{end} Anomalies: {names}."),
    }
}

/// Returns what was run and checked.
fn checked(options: &Options, results: &Results) -> [(&'static str, String); 4] {
    let coverage = results.coverage;
    let flags = flags(options);
    [
        ("test", command_line(flags.iter().map(String::as_str))),
        ("seed", options.seed.to_string()),
        (
            "judged",
            format!("{} of {} operations", coverage.judged, coverage.read()),
        ),
        ("checkers", checkers(&results.map)),
    ]
}
