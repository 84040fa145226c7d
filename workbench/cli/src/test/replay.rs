//! `mael test --replay`: repeats a stored run against real processes.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use anyhow::Context;

use mael_sim::command::{bad, print_report};
use mael_sim::output::{print, print_error};
use mael_sim::recorded::{deliveries, schedule};
use mael_sim::workloads::{Workload, Workloads};
use mael_sim::{Exit, KillAt, Options};

use super::{Arguments, program_of};
use crate::bin::Bin;
use crate::real_run::{Program, RealRun, Repeated, for_processes};
use crate::stored::{StoredRun, open, run_of};

/// How often a replay failed.
#[derive(Default)]
struct Tally {
    /// The anomalies of the stored run.
    stored: BTreeSet<String>,
    runs: u64,
    /// The number of runs that have an anomaly of the stored run.
    alike: u64,
    /// The number of runs that failed otherwise.
    otherwise: u64,
    /// How many runs have each anomaly.
    anomalies: BTreeMap<String, u64>,
}

/// Repeats a stored run as often as the arguments say, and reports how often it fails alike.
pub(super) fn main(
    arguments: &Arguments,
    run: &str,
    workloads: &Workloads,
    flags: BTreeMap<String, String>,
) -> anyhow::Result<Exit> {
    let path = run_of(run)?;
    let files = open(&path)?;
    let stored = StoredRun::read(&path)?;
    let recorded = &stored.test.options;
    let defaults = Options {
        kill_at: KillAt::Event,
        clock_drift: 0.0,
        ..recorded.clone()
    };
    let mut options = arguments.options.over(&defaults).map_err(bad)?;
    options.workload_flags.extend(flags);
    let options = for_processes(options)?;
    let workload = workloads.get(&stored.test.workload, &options.workload_flags);
    let workload = workload.map_err(bad)?;
    workload.validate(&options).map_err(bad)?;
    let schedule = schedule(recorded, &stored.history);
    let valid = schedule.validate(&options, &*workload);
    valid.map_err(|why| bad(format!("{} can't be replayed: {why}", path.display())))?;
    let journal = files.journal()?;
    let deliveries = deliveries(recorded, stored.origin, &stored.history, journal);
    let repeated = Repeated {
        run: path.display().to_string(),
        schedule,
        deliveries: deliveries.context("can't read the journal")?,
    };
    let program = program(arguments, &stored)?;
    for note in notes(recorded) {
        print_error(&note);
    }
    let results = stored.check(&options, &*workload);
    let tally = Tally {
        stored: results.anomalies(),
        ..Tally::default()
    };
    repeat(
        arguments.times.unwrap_or(1),
        &options,
        &workload,
        &program,
        &repeated,
        tally,
    )
}

/// Returns what of a run in virtual time is not repeated exactly.
fn notes(recorded: &Options) -> Vec<String> {
    let steps = recorded.kill_at == KillAt::Step;
    let steps = steps.then_some("nodes that were killed at a step are killed at the same time");
    let drift = recorded.clock_drift > 0.0;
    let drift = drift.then_some("the drift of the nodes' clocks is not repeated");
    let notes = steps.into_iter().chain(drift);
    notes.map(|note| format!("note: {note}")).collect()
}

/// Returns the program to run: the given one, or that of the stored run.
fn program(arguments: &Arguments, stored: &StoredRun) -> anyhow::Result<Program> {
    let recorded = stored.test.program.as_ref();
    let Some(bin) = arguments.bin.as_ref().or(recorded.map(|it| &it.bin)) else {
        return Err(bad(format!(
            "{} was simulated, so it has no program: name one with --bin",
            stored.path.display()
        )));
    };
    let args = match recorded {
        Some(recorded) if arguments.args.is_empty() => &recorded.args,
        _ => &arguments.args,
    };
    Ok(program_of(arguments, Bin::find(bin)?, args))
}

fn repeat(
    times: u64,
    options: &Options,
    workload: &Rc<dyn Workload>,
    program: &Program,
    repeated: &Repeated,
    mut tally: Tally,
) -> anyhow::Result<Exit> {
    let options = Rc::new(options.clone());
    let mut worst = Exit::Valid;
    for number in 1..=times {
        let run = RealRun::new(&options, workload, program, Some(repeated))?;
        let exit = run.exit();
        // The highest exit status wins, as for several tests.
        worst = std::cmp::max_by_key(worst, exit, |exit| exit.code());
        let outcome = tally.add(exit, run.results.anomalies());
        if times == 1 {
            run.report(print_report);
            run.report_verdict();
        } else {
            let place = run.path().display().to_string();
            print(&format!(
                "run {number} of {times}: {outcome}, store: {place}"
            ));
        }
        if run.record.was_interrupted() {
            break;
        }
    }
    print(&tally.summary());
    Ok(worst)
}

impl Tally {
    /// Adds a run with these anomalies, and returns how it ended.
    fn add(&mut self, exit: Exit, anomalies: BTreeSet<String>) -> String {
        self.runs += 1;
        if exit == Exit::Valid {
            return "valid".to_owned();
        }
        if anomalies.is_disjoint(&self.stored) {
            self.otherwise += 1;
        } else {
            self.alike += 1;
        }
        let names: Vec<String> = anomalies.into_iter().collect();
        let outcome = match &*names.join(", ") {
            "" => "failed without a verdict".to_owned(),
            names => format!("failed with {names}"),
        };
        for name in names {
            *self.anomalies.entry(name).or_default() += 1;
        }
        outcome
    }

    /// Returns how often the runs failed, and with which anomalies.
    fn summary(&self) -> String {
        let Self {
            stored,
            runs,
            alike,
            otherwise,
            anomalies,
        } = self;
        let of = |count: &u64| format!("{count} of {runs} runs");
        let counts = |is_stored: bool| {
            let counts = anomalies
                .iter()
                .filter(|(name, _)| stored.contains(*name) == is_stored);
            let counts = counts.map(|(name, count)| format!("{name} ({count})"));
            counts.collect::<Vec<_>>().join(", ")
        };
        let mut parts = Vec::new();
        if stored.is_empty() {
            parts.push("the stored run has no anomaly".to_owned());
        } else {
            let same = match &*counts(true) {
                "" => stored.iter().cloned().collect::<Vec<_>>().join(", "),
                counts => counts.to_owned(),
            };
            parts.push(format!(
                "{} failed as the stored run did: {same}",
                of(alike)
            ));
        }
        if *otherwise > 0 {
            let other = match &*counts(false) {
                "" => String::new(),
                counts => format!(": {counts}"),
            };
            parts.push(format!("{} failed otherwise{other}", of(otherwise)));
        }
        let valid = runs - alike - otherwise;
        if valid > 0 {
            parts.push(format!("{} did not fail", of(&valid)));
        }
        parts.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn runs_are_counted_by_whether_they_have_an_anomaly_of_the_stored_run() {
        let mut tally = Tally {
            stored: names(&["lost", "stale"]),
            ..Tally::default()
        };
        assert_eq!(tally.add(Exit::Valid, names(&[])), "valid");
        assert_eq!(
            tally.add(Exit::Invalid, names(&["lost", "G1c"])),
            "failed with G1c, lost"
        );
        tally.add(Exit::Invalid, names(&["lost"]));
        assert_eq!(
            tally.add(Exit::Failed, names(&[])),
            "failed without a verdict"
        );
        assert_eq!(
            tally.summary(),
            "2 of 4 runs failed as the stored run did: lost (2); 1 of 4 runs failed otherwise: G1c \
             (1); 1 of 4 runs did not fail"
        );
    }

    #[test]
    fn a_stored_run_can_be_valid() {
        let mut tally = Tally::default();
        tally.add(Exit::Valid, names(&[]));
        tally.add(Exit::Invalid, names(&["lost"]));
        assert_eq!(
            tally.summary(),
            "the stored run has no anomaly; 1 of 2 runs failed otherwise: lost (1); 1 of 2 runs did \
             not fail"
        );
    }
}
