//! `mael check`: checks histories that Mael or Jepsen recorded.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use mael_checkers::Verdict;
use mael_checkers::linearizable::NamedModel;
use mael_history::Recording;
use mael_history::text::counted;
use mael_sim::Exit;
use mael_sim::command::{Bar, bad, paint, print_report};
use mael_sim::options::{Given, Options};
use mael_sim::output::{print, print_error};
use mael_sim::workloads::Workloads;
use rayon::prelude::*;

use crate::check_flags::CheckFlags;
use crate::checked::{Checked, Judged};
use crate::histories::{StoredHistory, histories};
use crate::report;
use crate::report::HistoryTable;

/// How many failing histories are reported in full.
const SHOWN: usize = 5;

#[derive(Args, Debug)]
#[command(args_override_self = true)]
pub(super) struct Arguments {
    /// The workload, which selects the checker; `mael doc` lists all. By default, each run is
    /// checked as the workload that is stored with it; a file needs this flag. Runs of other
    /// workloads are skipped
    #[arg(short = 'w', long, value_name = "NAME")]
    workload: Option<String>,

    /// Check the history of a single object with this model instead: register, cas-register,
    /// observed-cas-register (in which a failed cas has observed another value), mutex, fifo-queue
    /// or unordered-queue
    #[arg(long, value_name = "NAME", conflicts_with = "workload", value_parser = NamedModel::by_name)]
    model: Option<NamedModel>,

    /// A history in EDN or JSON, or a folder, such as a store of Mael, Maelstrom or Jepsen, with
    /// each history.edn or history.jsonl below it; may be repeated
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    history: Vec<PathBuf>,

    #[command(flatten)]
    options: Given<CheckFlags>,

    /// Print each result map as a line of JSON, with the file's name as "history" and the operation
    /// counts as "operations"
    #[arg(long)]
    json: bool,
}

pub(super) fn main(
    arguments: &Arguments,
    workloads: &Workloads,
    flags: &BTreeMap<String, String>,
) -> anyhow::Result<Exit> {
    let strict = arguments.options.over(&defaults()).map_err(bad)?.strict;
    let wanted = arguments.workload.as_deref();
    if let Some(workload) = wanted {
        workloads.get(workload, flags).map_err(bad)?;
    }
    let mut found = Vec::new();
    let mut skipped = BTreeMap::<String, u64>::new();
    for path in &arguments.history {
        for history in histories(path, &workloads.names())? {
            match &history.workload {
                Some(other) if history.is_of_run && wanted.is_some_and(|it| it != other) => {
                    *skipped.entry(other.clone()).or_default() += 1;
                }
                None if wanted.is_none() && arguments.model.is_none() => {
                    let path = history.path.display();
                    return Err(bad(format!(
                        "{path}: no workload is stored with the history; name it with --workload"
                    )));
                }
                _ => found.push(history),
            }
        }
    }
    let skipped = skipped_line(&skipped);
    if found.is_empty() {
        let skipped = skipped.unwrap_or_default();
        return Err(bad(format!("there is no history to check: {skipped}")));
    }
    let bar = Bar::new(
        wanted.unwrap_or("check"),
        "{pos}/{len} histories, {elapsed}",
        found.len() as u64,
    );
    let checked: Vec<Checked> = found
        .into_par_iter()
        .map(|history| {
            let outcome = judge(arguments, workloads, flags, &history);
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
        skipped.iter().for_each(|line| print_error(line));
    } else {
        skipped.iter().for_each(|line| print(line));
        report(&checked, strict);
    }
    Ok(exit(&checked, strict))
}

/// Returns the default options: as in Maelstrom, stricter findings are not failures.
fn defaults() -> Options {
    Options {
        strict: false,
        ..Options::default()
    }
}

/// Returns a line about skipped runs, if there are any.
fn skipped_line(counts: &BTreeMap<String, u64>) -> Option<String> {
    let of_each: Vec<String> = counts
        .iter()
        .map(|(workload, count)| format!("{workload} {count}"))
        .collect();
    let all = counted(counts.values().sum(), "run");
    let line = format!("skipped {all} of other workloads: {}", of_each.join(", "));
    (!counts.is_empty()).then_some(line)
}

fn judge(
    arguments: &Arguments,
    workloads: &Workloads,
    flags: &BTreeMap<String, String>,
    history: &StoredHistory,
) -> anyhow::Result<Judged> {
    let named = arguments.workload.as_ref().or(history.workload.as_ref());
    // The anomaly of an object that is not linearizable has the name used for lin-kv.
    let name = if arguments.model.is_some() {
        Some("lin-kv")
    } else {
        named.map(String::as_str)
    };
    let mut own = history.workload_flags.clone();
    own.extend(flags.clone());
    let workload = workloads.get(name.unwrap_or_default(), &own).map_err(bad)?;
    let mut options = defaults();
    if let Some(models) = &history.consistency_models {
        options.consistency_models.clone_from(models);
    }
    let options = arguments.options.over(&options).map_err(bad)?;
    let start = Instant::now();
    let recording = Recording::read(&history.path)?;
    let reading = start.elapsed();
    let start = Instant::now();
    let verdict = match recording.history.pairs() {
        Ok(_) => match arguments.model {
            Some(model) => model.check(&recording.history, options.checker_memory_bytes()),
            None => workload.check(&options, &recording.history),
        },
        Err(unpaired) => Verdict::unknown(unpaired.with_lines(|position| recording.line(position))),
    };
    Ok(Judged {
        anomalies: verdict.anomalies(workload.anomaly()).into_iter().collect(),
        unnamed: workload.anomaly(),
        verdict,
        coverage: match arguments.model {
            Some(model) => model.coverage(&recording.history),
            None => workload.coverage(&recording.history),
        },
        reading,
        checking: start.elapsed(),
        notes: recording.notes,
    })
}

fn report(checked: &[Checked], strict: bool) {
    if let [only] = checked {
        return print_report(&painted(only, strict));
    }
    for each in checked.iter().filter(|each| !each.is_good()).take(SHOWN) {
        print_report(&format!("{}\n", painted(each, strict)));
    }
    let mut table = HistoryTable::new();
    for each in checked {
        table.add(each);
    }
    print_report(&table.to_string());
}

/// Returns the report on a history in colours.
fn painted(checked: &Checked, strict: bool) -> String {
    let judged = checked.outcome.as_ref();
    let anomalies = judged.map_or(&[][..], |judged| &judged.anomalies);
    paint(
        &report::checked(checked, strict),
        &anomalies.iter().cloned().collect(),
    )
}

/// Returns the worst status: unreadable, invalid, or unknown.
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
