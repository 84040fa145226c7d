//! `mael check`: judges histories that were recorded before, by us or by Jepsen.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use mael_checkers::linearizable::NamedModel;
use mael_checkers::{Coverage, Verdict};
use mael_history::text::counted;
use mael_history::{Recording, Validity, Value};
use mael_sim::command::{Bar, bad};
use mael_sim::options::{Given, Options};
use mael_sim::output::{print, print_error};
use mael_sim::{Exit, workloads};
use rayon::prelude::*;

use crate::checking::Checking;
use crate::histories::{StoredHistory, histories};

use crate::report;
use crate::report::HistoryTable;

/// How many histories that are not good are told of at length.
const SHOWN: usize = 5;

#[derive(Args, Debug)]
#[command(args_override_self = true)]
pub(super) struct Arguments {
    /// What was tested, which decides how it is judged; `mael doc` lists all. By default each run
    /// is judged as the workload that is stored with it, and a file needs this flag. Runs of other
    /// workloads are left out
    #[arg(short = 'w', long, value_name = "NAME")]
    workload: Option<String>,

    /// Judge the history of one object by this model instead: register, cas-register,
    /// observed-cas-register (in which a cas that failed has seen another value), mutex, fifo-queue or
    /// unordered-queue
    #[arg(long, value_name = "NAME", conflicts_with = "workload", value_parser = NamedModel::by_name)]
    model: Option<NamedModel>,

    /// A history in EDN or JSON, or a folder, such as the store of this bench, Maelstrom or Jepsen:
    /// every history.edn or history.jsonl below it; may be repeated
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    history: Vec<PathBuf>,

    #[command(flatten)]
    options: Given<Checking>,

    /// Print each result map in JSON, one a line, with the file's name as "history" and the numbers
    /// of operations as "operations"
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
    pub(crate) verdict: Verdict,
    /// How many operations the verdict rests on.
    pub(crate) coverage: Coverage,
    /// What is odd about the file.
    pub(crate) notes: Vec<String>,
    /// The names of the anomalies in it.
    pub(crate) anomalies: Vec<String>,
    /// How long the file took to be read.
    pub(crate) reading: Duration,
    /// How long the checker took.
    pub(crate) checking: Duration,
}

pub(super) fn main(arguments: &Arguments) -> anyhow::Result<Exit> {
    let strict = arguments.options.over(&defaults()).map_err(bad)?.strict;
    let wanted = arguments.workload.as_deref();
    if let Some(workload) = wanted {
        workloads::by_name(workload).map_err(bad)?;
    }
    let mut found = Vec::new();
    let mut left_out = BTreeMap::<String, u64>::new();
    for path in &arguments.history {
        for history in histories(path)? {
            match &history.workload {
                Some(other) if history.is_of_run && wanted.is_some_and(|it| it != other) => {
                    *left_out.entry(other.clone()).or_default() += 1;
                }
                None if wanted.is_none() && arguments.model.is_none() => {
                    let path = history.path.display();
                    return Err(bad(format!(
                        "{path}: its workload is not stored with it; name it with --workload"
                    )));
                }
                _ => found.push(history),
            }
        }
    }
    let left_out = left_out_line(&left_out);
    if found.is_empty() {
        let left_out = left_out.unwrap_or_default();
        return Err(bad(format!("there is no history to judge: {left_out}")));
    }
    let bar = Bar::new(
        wanted.unwrap_or("check"),
        "{pos}/{len} histories, {elapsed}",
        found.len() as u64,
    );
    let checked: Vec<Checked> = found
        .into_par_iter()
        .map(|history| {
            let outcome = judge(arguments, &history);
            bar.inc(1);
            let path = history.path;
            Checked { path, outcome }
        })
        .collect();
    drop(bar);
    if arguments.json {
        for each in &checked {
            print(&serde_json::to_string(&each.to_value())?);
        }
        left_out.iter().for_each(|line| print_error(line));
    } else {
        left_out.iter().for_each(|line| print(line));
        report(&checked, strict);
    }
    Ok(exit(&checked, strict))
}

/// The options where no flag says otherwise: only what Maelstrom finds too is a failure.
fn defaults() -> Options {
    Options {
        strict: false,
        ..Options::default()
    }
}

/// Says how many runs of which workloads were left out, if any were.
fn left_out_line(counts: &BTreeMap<String, u64>) -> Option<String> {
    let of_each: Vec<String> = counts
        .iter()
        .map(|(workload, count)| format!("{workload} {count}"))
        .collect();
    let all = counted(counts.values().sum(), "run");
    let line = format!("{all} of other workloads left out: {}", of_each.join(", "));
    (!counts.is_empty()).then_some(line)
}

fn judge(arguments: &Arguments, history: &StoredHistory) -> anyhow::Result<Judged> {
    let named = arguments.workload.as_ref().or(history.workload.as_ref());
    // An object that is not linearizable is called so as a key of lin-kv is.
    let name = if arguments.model.is_some() {
        Some("lin-kv")
    } else {
        named.map(String::as_str)
    };
    let workload = workloads::by_name(name.unwrap_or_default()).map_err(bad)?;
    let mut options = defaults();
    if let Some(models) = &history.consistency_models {
        options.consistency_models.clone_from(models);
    }
    let options = arguments.options.over(&options).map_err(bad)?;
    let begin = Instant::now();
    let recording = Recording::read(&history.path)?;
    let reading = begin.elapsed();
    let begin = Instant::now();
    let verdict = match recording.history.pairs() {
        Ok(_) => match arguments.model {
            Some(model) => model.check(&recording.history, options.checker_memory_bytes()),
            None => workload.check(&options, &recording.history),
        },
        Err(unpaired) => Verdict::unknown(unpaired.with_lines(|position| recording.line(position))),
    };
    Ok(Judged {
        anomalies: verdict.anomalies(workload.anomaly()).into_iter().collect(),
        verdict,
        coverage: match arguments.model {
            Some(model) => model.coverage(&recording.history),
            None => workload.coverage(&recording.history),
        },
        reading,
        checking: begin.elapsed(),
        notes: recording.notes,
    })
}

fn report(checked: &[Checked], strict: bool) {
    if let [only] = checked {
        return print(&report::checked(only, strict));
    }
    for each in checked.iter().filter(|each| !each.is_good()).take(SHOWN) {
        print(&format!("{}\n", report::checked(each, strict)));
    }
    let mut table = HistoryTable::new();
    for each in checked {
        table.add(each);
    }
    print(&table.to_string());
}

/// The worst of all: that one can't be read, or is invalid, or can't be judged.
fn exit(checked: &[Checked], strict: bool) -> Exit {
    let exits = checked.iter().map(|each| match &each.outcome {
        Ok(judged) => Exit::of_verdict(judged.verdict.outcome(strict), judged.coverage),
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
        judged
            .is_some_and(|it| it.verdict.outcome(true) == Validity::True && it.coverage.judged > 0)
    }

    fn to_value(&self) -> Value {
        let results = match &self.outcome {
            Ok(judged) => {
                let notes = Some(&judged.notes).filter(|notes| !notes.is_empty());
                let results = judged.verdict.results.clone();
                let results = results.with("operations", judged.coverage.to_value());
                match notes {
                    Some(notes) => results.with("notes", notes.clone()),
                    None => results,
                }
            }
            Err(error) => Value::map([
                ("valid?", Validity::Unknown.into()),
                ("error", format!("{error:#}").into()),
            ]),
        };
        results.with("history", self.path.display().to_string())
    }
}
