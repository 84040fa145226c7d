//! The pictures of a run, and its report.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::PathBuf;

use anyhow::Context;
use mael_history::Validity;
use mael_pictures::{
    Messages, Pages, Report, Run, anomaly_pictures, checkers, latency_quantiles, latency_raw,
    lost_element, messages, png, rate, timeline,
};

use super::Store;
use crate::Options;
use crate::engine::Record;
use crate::judge::Results;
use crate::options::flags::{command_line, flags};
use crate::report;
use crate::simulation::{ReplayPlan, Simulated};

/// The name of the report.
const REPORT: &str = "report.html";

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

impl Store {
    /// Draws a run of a workload, and stores the pictures and the report, whose path is returned.
    /// The report includes the messages of the minimal run, if it is given as an SVG.
    ///
    /// # Errors
    /// Returns an error if the journal can't be read, or a file can't be written.
    pub fn draw(
        &self,
        workload: &str,
        options: &Options,
        record: &Record,
        results: &Results,
        minimal: Option<String>,
    ) -> anyhow::Result<PathBuf> {
        let clients = options.clients();
        let history = &record.history;
        let run = Run::new(workload, history, &results.map, &options.nodes, clients);
        let minimal = minimal.map(|svg| ("The minimal run", svg));
        let mut pictures: Vec<_> = minimal.into_iter().collect();
        for (file, heading, svg) in [
            ("latency-raw", "Latencies", latency_raw(&run)),
            (
                "latency-quantiles",
                "Latency quantiles",
                latency_quantiles(&run),
            ),
            ("rate", "Rate", rate(&run)),
        ] {
            let png =
                png(&svg).map_err(|reason| anyhow::anyhow!("can't render {file}: {reason}"))?;
            let path = self.path().join(file).with_extension("png");
            fs::write(&path, png).with_context(|| format!("can't write {}", path.display()))?;
            self.write(&format!("{file}.svg"), &svg)?;
            pictures.push((heading, svg));
        }
        self.write("timeline.html", &timeline(&run))?;
        pictures.push(("Messages", self.draw_messages(&run, record)?));
        let carriers = self.carriers(&run, record)?;
        let anomalies = anomaly_pictures(&run, &results.explanation, &carriers);
        let names: Vec<String> = results.anomalies().into_iter().collect();
        let verdict = match &*names.join(", ") {
            "" => report::verdict_line(record, results),
            names => format!(
                "{} Anomalies: {names}.",
                report::verdict_line(record, results)
            ),
        };
        let valid = match &record.error {
            Some(_) => results.outcome().max(Validity::Unknown),
            None => results.outcome(),
        };
        let text = mael_pictures::report(
            &run,
            &Report {
                verdict: &verdict,
                valid,
                checked: &checked(options, results),
                explanations: &results.explanation,
                figures: &report::figures::table(record, results),
                summary: &report::summary(record, results),
                anomalies: &anomalies,
                pictures: &pictures,
                files: &FILES,
            },
        );
        self.write(REPORT, &text)?;
        Ok(self.path().join(REPORT))
    }

    /// Draws and stores the messages of the run that a plan replays, and returns the SVG.
    ///
    /// # Errors
    /// Returns an error if the file can't be written.
    pub fn draw_trace(
        &self,
        workload: &str,
        plan: &ReplayPlan,
        replayed: &Simulated,
    ) -> anyhow::Result<String> {
        let ReplayPlan { options, .. } = plan;
        let Simulated {
            record,
            results,
            journal,
            ..
        } = replayed;
        let clients = options.clients();
        let history = &record.history;
        let run = Run::new(workload, history, &results.map, &options.nodes, clients);
        let mut read = Messages::read(journal.as_slice(), record.origin)?;
        let pages = Pages::new(&run, &mut read, journal.as_slice())?;
        let svg = messages(&run, &read, &pages.opened());
        self.write("trace.svg", &svg)?;
        Ok(svg)
    }

    /// Draws the messages on one or more pages, and returns the page to open first.
    fn draw_messages(&self, run: &Run<'_>, record: &Record) -> anyhow::Result<String> {
        let mut read = Messages::read(self.read_journal()?, record.origin)?;
        let pages = Pages::new(run, &mut read, self.read_journal()?)?;
        for page in pages.iter() {
            if let Some(folder) = self.path().join(&page.file).parent() {
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

    fn read_journal(&self) -> anyhow::Result<BufReader<File>> {
        let path = self.path().join("net-journal.jsonl");
        let journal = File::open(&path);
        let journal = journal.with_context(|| format!("can't read {}", path.display()))?;
        Ok(BufReader::new(journal))
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
