//! `mael check`: judges histories that were recorded before, by us or by Jepsen.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Args;
use rayon::prelude::*;

use super::args::{Models, Strict, Versions, bad, consistency_models};
use super::{Exit, say};
use crate::checkers::kafka::SubVia;
use crate::history::History;
use crate::report::{self, Bar, HistoryTable};
use crate::workloads::{self, Verdict};
use crate::{Test, Validity, Value};

/// What a history's file is called in the folder of a run. The first is preferred: it tells names
/// from strings.
const NAMES: [&str; 2] = ["history.edn", "history.jsonl"];

/// How many histories that are not good are told of at length.
const SHOWN: usize = 5;

#[derive(Args, Debug)]
#[command(args_override_self = true)]
pub(super) struct Arguments {
    /// What was tested, which decides how it is judged; `mael doc` lists all
    #[arg(short = 'w', long, value_name = "NAME")]
    workload: String,

    /// A history in EDN or JSON, or a folder: every history.edn or history.jsonl below it; may be
    /// repeated
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    history: Vec<PathBuf>,

    /// What transactions must guarantee, separated by commas
    #[arg(long, value_name = "MODELS", default_value = "strict-serializable",
          value_parser = consistency_models)]
    consistency_models: Models,

    #[command(flatten)]
    versions: Versions,

    /// How the consumers of kafka chose their keys: assign or subscribe. Keys that are subscribed to
    /// may be rebalanced between consumers, so that poll-skip and nonmonotonic-poll are no failure
    #[arg(long, value_name = "WAY", default_value_t = SubVia::Assign)]
    sub_via: SubVia,

    #[command(flatten)]
    strict: Strict,

    /// Print each result map in JSON, one a line, with the file's name as "history"
    #[arg(long)]
    json: bool,
}

/// A history that was judged, or could not be read.
pub(crate) struct Checked {
    pub(crate) path: PathBuf,
    pub(crate) outcome: anyhow::Result<Judged>,
}

/// What was found in a history.
pub(crate) struct Judged {
    pub(crate) operations: usize,
    pub(crate) verdict: Verdict,
    /// How long the file took to be read.
    pub(crate) reading: Duration,
    /// How long the checker took.
    pub(crate) checking: Duration,
}

pub(super) fn main(arguments: &Arguments) -> anyhow::Result<Exit> {
    workloads::by_name(&arguments.workload).map_err(bad)?;
    let strict = arguments.strict.or(false);
    let mut test = Test::default();
    test.options.consistency_models = arguments.consistency_models.0.clone();
    test.options.versions = arguments.versions.or(test.options.versions);
    test.options.sub_via = arguments.sub_via;
    let mut paths = Vec::new();
    for path in &arguments.history {
        paths.extend(histories(path)?);
    }
    let bar = Bar::new(
        &arguments.workload,
        "{pos}/{len} histories, {elapsed}",
        paths.len() as u64,
    );
    let checked: Vec<Checked> = paths
        .into_par_iter()
        .map(|path| {
            let outcome = judge(&arguments.workload, &test, &path);
            bar.inc(1);
            Checked { path, outcome }
        })
        .collect();
    drop(bar);
    if arguments.json {
        for each in &checked {
            say(&serde_json::to_string(&each.to_value())?);
        }
    } else {
        tell(&checked, strict);
    }
    Ok(exit(&checked, strict))
}

fn judge(workload: &str, test: &Test, path: &Path) -> anyhow::Result<Judged> {
    let workload = workloads::by_name(workload).map_err(bad)?;
    let begin = Instant::now();
    let history = History::read(path)?;
    let reading = begin.elapsed();
    let begin = Instant::now();
    let verdict = workload.check(test, &history);
    Ok(Judged {
        operations: history.invocations().count(),
        verdict,
        reading,
        checking: begin.elapsed(),
    })
}

/// The histories that a path means. Links are not followed, since those of a store lead to runs
/// that are there anyway.
fn histories(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    if !path.is_dir() {
        return Err(bad(format!(
            "there is no file or folder {}",
            path.display()
        )));
    }
    let mut found = Vec::new();
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        let inside = || format!("can't look into the folder {}", folder.display());
        for entry in fs::read_dir(&folder).with_context(inside)? {
            let entry = entry.with_context(inside)?;
            // Where the original keeps the parts of a history that is judged key by key.
            let is_part = entry.file_name() == "independent";
            if entry.file_type().with_context(inside)?.is_dir() && !is_part {
                folders.push(entry.path());
            }
        }
        let files = NAMES.map(|name| folder.join(name));
        found.extend(files.into_iter().find(|file| file.is_file()));
    }
    found.sort_unstable();
    if found.is_empty() {
        let [edn, json] = NAMES;
        let path = path.display();
        return Err(bad(format!(
            "there is no {edn} or {json} in or below {path}"
        )));
    }
    Ok(found)
}

fn tell(checked: &[Checked], strict: bool) {
    if let [only] = checked {
        return say(&report::checked(only, strict));
    }
    for each in checked.iter().filter(|each| !each.is_good()).take(SHOWN) {
        say(&format!("{}\n", report::checked(each, strict)));
    }
    let mut table = HistoryTable::new();
    for each in checked {
        table.add(each);
    }
    say(&table.to_string());
}

/// The worst of all: that one can't be read, or is invalid, or can't be judged.
fn exit(checked: &[Checked], strict: bool) -> Exit {
    let exits = checked.iter().map(|each| match &each.outcome {
        Ok(judged) => Exit::from(judged.verdict.outcome(strict)),
        Err(_) => Exit::Failed,
    });
    let severity = |exit: &Exit| match exit {
        Exit::Valid => 0,
        Exit::Unknown => 1,
        Exit::Invalid => 2,
        Exit::BadArguments | Exit::Failed => 3,
    };
    exits.max_by_key(severity).unwrap_or(Exit::Valid)
}

impl Checked {
    /// Whether there is nothing to explain.
    fn is_good(&self) -> bool {
        let judged = self.outcome.as_ref().ok();
        judged.is_some_and(|judged| judged.verdict.outcome(true) == Validity::True)
    }

    fn to_value(&self) -> Value {
        let results = match &self.outcome {
            Ok(judged) => judged.verdict.results.clone(),
            Err(error) => Value::map([
                ("valid?", Validity::Unknown.into()),
                ("error", format!("{error:#}").into()),
            ]),
        };
        results.with("history", self.path.display().to_string())
    }
}
