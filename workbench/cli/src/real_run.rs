//! One test of a program, whose results are stored.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::rc::Rc;

use mael_sim::command::{bad, paint, print_report};
use mael_sim::engine::{Record, RecordedDeliveries, RunConfig, Schedule};
use mael_sim::judge::Results;
use mael_sim::options::flags::{command_line, flags};
use mael_sim::store::{Log, RunFiles, Store, StoredProgram};
use mael_sim::workloads::Workload;
use mael_sim::{Exit, KillAt, Options, judge};

use crate::bin::Bin;
use crate::explain::is_explained;
use crate::next;
use crate::real::{self, Processes};
use crate::report::RunProgress;

/// The average time between two process starts in Maelstrom, in milliseconds, which starts 25 nodes
/// within about 0.3 s.
const BETWEEN_STARTS: u64 = 12;

/// The program to run as nodes, and how to handle its output.
#[derive(Clone, Debug, Default)]
pub(super) struct Program {
    pub(super) bin: Bin,
    /// Its arguments, after those of a command.
    pub(super) args: Vec<String>,
    /// Whether the stderr of nodes is copied to the log.
    pub(super) log_stderr: bool,
    /// Whether the log is in JSON.
    pub(super) logging_json: bool,
    /// Whether nodes are left running at the end.
    pub(super) leave: bool,
    /// Whether the run is stored without pictures.
    pub(super) no_pictures: bool,
    /// The beginning of the command that simulates the program, if there is one.
    pub(super) simulator: Option<String>,
}

/// What is repeated of a stored run.
pub(super) struct Repeated {
    /// Its folder.
    pub(super) run: String,
    pub(super) schedule: Schedule,
    pub(super) deliveries: RecordedDeliveries,
}

/// A run on real processes.
pub(super) struct RealRun {
    pub(super) record: Record,
    pub(super) results: Results,
    seed: u64,
    store: Store,
    /// The path of the report, if there is one.
    drawn: Option<PathBuf>,
    log: Rc<Log>,
    /// The commands to try if the run is not valid.
    next: Vec<String>,
}

impl RealRun {
    /// Runs a test against a program, and stores the results. It repeats a stored run if there is
    /// one.
    pub(super) fn new(
        options: &Rc<Options>,
        workload: &Rc<dyn Workload>,
        program: &Program,
        repeated: Option<&Repeated>,
    ) -> anyhow::Result<Self> {
        let store = Store::create(workload.name())?;
        let stored = StoredProgram {
            bin: program.bin.name.clone(),
            args: program.args.clone(),
        };
        store.write_test(workload.name(), options, Some(stored))?;
        let log = Rc::new(store.log(program.logging_json)?);
        let command = command(options, &**workload, program);
        log.note(format!("mael {command}"));
        if let Some(repeated) = repeated {
            log.note(format!("replaying {}", repeated.run));
        }
        let files = RunFiles::new(
            store.clock(),
            store.history()?,
            store.journal()?,
            Rc::clone(&log),
        );
        let config = RunConfig {
            writer: Rc::new(files),
            leave_nodes: program.leave,
            schedule: repeated.map(|repeated| repeated.schedule.clone()),
            deliveries: repeated.map(|repeated| repeated.deliveries.clone()),
            ..RunConfig::default()
        };
        let processes = Processes {
            program: program.bin.path.clone(),
            args: [&program.bin.args[..], &program.args[..]].concat(),
            folder: program.bin.folder()?,
            logs: store.node_logs()?,
            log: program.log_stderr.then(|| Rc::clone(&log)),
            leave: program.leave,
        };
        let progress = RunProgress::new(options, workload.name());
        let record = real::run(options, workload, Rc::new(processes), config, |recorder| {
            progress.follow(recorder)
        })?;
        log.note("checking");
        let results = judge::check(options, &**workload, &record.history, &record.net);
        let results = results.with_panics(&record.panics, false);
        let judged = results.of_run(&record);
        store.write_results(&judged, &record.history)?;
        let drawn = if program.no_pictures {
            None
        } else {
            log.note("drawing");
            let pictures = store.pictures();
            Some(pictures.draw(workload.name(), options, &record, &judged)?)
        };
        store.finish()?;
        let simulate = program.simulator.as_deref();
        let simulate = simulate.map(|it| next::simulate(it, options, &program.args));
        let mut next = Vec::from_iter(simulate);
        if repeated.is_none() {
            next.push(format!("run it again with {} {command}", next::program()));
        }
        // A run that failed before its first operation has nothing to repeat or to trace.
        if !record.history.0.is_empty() {
            let run = store.path().display().to_string();
            next.push(next::replay(repeated.map_or(&run, |it| &it.run)));
            next.push(next::trace(&run));
        }
        Ok(Self {
            record,
            results,
            seed: options.seed,
            store,
            drawn,
            log,
            next,
        })
    }

    /// Returns the summary, without the verdict.
    pub(super) fn summary(&self) -> String {
        mael_sim::report::summary(&self.record, &self.results)
    }

    /// Returns the folder in which the run is stored.
    pub(super) fn path(&self) -> PathBuf {
        self.store.path()
    }

    /// Prints and logs the summary.
    pub(super) fn report(&self, print: fn(&str)) {
        let summary = self.summary();
        let place = self.store.place(self.drawn.as_deref());
        let place = format!("seed: {}, {place}", self.seed);
        let anomalies = self.results.anomalies();
        let mut texts = vec![summary, place];
        if self.exit() != Exit::Valid {
            let anomaly = self.results.first_anomaly(is_explained);
            texts.extend(anomaly.map(|name| next::explain(&name)));
            texts.extend(self.next.iter().cloned());
        }
        for text in texts {
            print(&paint(&text, &anomalies));
            self.log.note(&text);
        }
    }

    /// Prints and logs the verdict line.
    pub(super) fn report_verdict(&self) {
        let line = mael_sim::report::verdict_line(&self.record, &self.results);
        print_report(&paint(&line, &BTreeSet::new()));
        self.log.note(&line);
    }

    pub(super) fn exit(&self) -> Exit {
        Exit::of(&self.record, &self.results)
    }
}

/// Returns the arguments of `mael` that run this test.
fn command(options: &Options, workload: &dyn Workload, program: &Program) -> String {
    let mut words = vec![
        "test".to_owned(),
        format!("--workload={}", workload.name()),
        format!("--bin={}", program.bin.again()),
        format!("--seed={}", options.seed),
    ];
    words.extend(flags(options));
    // This is the default of the simulation, but not of `mael test`.
    if options.strict {
        words.push("--strict".to_owned());
    }
    if !program.args.is_empty() {
        words.push("--".to_owned());
        words.extend(program.args.iter().cloned());
    }
    command_line(words.iter().map(String::as_str))
}

/// Adapts options to nodes that are processes.
///
/// # Errors
/// Returns an error if an option needs a simulation.
pub(super) fn for_processes(options: Options) -> anyhow::Result<Options> {
    if options.kill_at == KillAt::Step {
        return Err(bad(
            "--kill-at step is available in simulation only: use --kill-at event",
        ));
    }
    if options.clock_drift > 0.0 {
        return Err(bad("--clock-drift is available in simulation only"));
    }
    let others = options.nodes.len().saturating_sub(1) as u64;
    Ok(Options {
        start_spread: options.start_spread.or(Some(BETWEEN_STARTS * others)),
        ..options
    })
}
