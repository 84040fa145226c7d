//! `mael analyze`: checks a stored run again.

use std::collections::BTreeMap;
use std::time::Duration;

use clap::Args;
use mael_sim::Exit;
use mael_sim::command::{bad, paint, print_report};
use mael_sim::engine::Record;
use mael_sim::options::{Given, Options};
use mael_sim::store::Pictures;
use mael_sim::workloads::Workloads;

use crate::check_flags::CheckFlags;
use crate::explain::is_explained;
use crate::next;
use crate::stored::{StoredRun, run_of};

#[derive(Args, Debug)]
#[command(args_override_self = true)]
pub(super) struct Arguments {
    /// The run: its folder or its number, where 0 is the oldest run in store/ and -1 the newest
    #[arg(
        short = 't',
        long,
        value_name = "TEST",
        default_value = "-1",
        allow_hyphen_values = true
    )]
    test: String,

    /// The same without -t
    #[arg(
        value_name = "RUN",
        allow_negative_numbers = true,
        conflicts_with = "test"
    )]
    run: Option<String>,

    /// Do not draw the pictures and report.html again
    #[arg(long)]
    no_pictures: bool,

    #[command(flatten)]
    options: Given<CheckFlags>,
}

pub(super) fn main(
    arguments: &Arguments,
    workloads: &Workloads,
    flags: BTreeMap<String, String>,
) -> anyhow::Result<Exit> {
    let run = arguments.run.as_ref().unwrap_or(&arguments.test);
    let stored = StoredRun::read(&run_of(run)?)?;
    let mut stored_options = Options {
        strict: false,
        ..stored.test.options.clone()
    };
    stored_options.workload_flags.extend(flags);
    let options = arguments.options.over(&stored_options).map_err(bad)?;
    let workload = workloads.get(&stored.test.workload, &options.workload_flags);
    let workload = workload.map_err(bad)?;
    let results = stored.check(&options, &*workload);
    stored.write_results(&results)?;
    let took = stored.history.0.last().map_or(0, |last| last.time);
    let path = stored.path.display().to_string();
    let record = Record {
        history: stored.history,
        origin: stored.origin,
        net: stored.net,
        took: Duration::from_nanos(took),
        ..Record::default()
    };
    let drawn = if arguments.no_pictures {
        None
    } else {
        let pictures = Pictures::new(&stored.path);
        Some(pictures.draw(&stored.test.workload, &options, &record, &results)?)
    };
    let anomalies = results.anomalies();
    let print = |text: &str| print_report(&paint(text, &anomalies));
    print(&mael_sim::report::summary(&record, &results));
    let report = drawn.map(|report| format!("\nreport: {}", report.display()));
    let report = report.unwrap_or_default();
    print(&format!("seed: {}, store: {path}{report}", options.seed));
    if let Some(anomaly) = results.first_anomaly(is_explained) {
        print(&next::explain(&anomaly));
    }
    if Exit::of(&record, &results) != Exit::Valid && !record.history.0.is_empty() {
        print(&next::trace(&path));
    }
    if let Some(error) = stored.error {
        print(&format!(
            "The run was aborted: {error}. The verdict above covers what it recorded until then."
        ));
        return Ok(Exit::Failed);
    }
    print(&mael_sim::report::verdict_line(&record, &results));
    Ok(Exit::of(&record, &results))
}
