//! One test against a program, stored.

use std::path::PathBuf;
use std::rc::Rc;

use mael_sim::command::bad;
use mael_sim::engine::{Record, Wiring};
use mael_sim::judge::Results;
use mael_sim::options::flags::{command_line, flags};
use mael_sim::output::print;
use mael_sim::store::{Log, RunFiles, Store};
use mael_sim::workloads::Workload;
use mael_sim::{Exit, Fault, Options, judge};

use crate::real::{self, Processes};
use crate::report::Watch;

/// How long after one process Maelstrom has started the next one, in milliseconds, on average. Its
/// 25 nodes come up within about 0.3 s.
const BETWEEN_STARTS: u64 = 12;

/// What is started as a node, and what is done with what it leaves.
#[derive(Clone, Debug, Default)]
pub(super) struct Program {
    pub(super) path: PathBuf,
    pub(super) args: Vec<String>,
    /// Whether what nodes write to stderr is told in the log.
    pub(super) log_stderr: bool,
    /// Whether the log is in JSON.
    pub(super) logging_json: bool,
    /// Whether nodes are not killed at the end.
    pub(super) leave: bool,
}

/// A run on real processes.
pub(super) struct RealRun {
    pub(super) record: Record,
    pub(super) results: Results,
    seed: u64,
    store: Store,
    log: Rc<Log>,
}

impl RealRun {
    /// Runs a test against a program, and stores what came of it.
    pub(super) fn new(
        options: &Rc<Options>,
        workload: &Rc<dyn Workload>,
        program: &Program,
    ) -> anyhow::Result<Self> {
        let store = Store::create(workload.name())?;
        store.write_test(workload.name(), options)?;
        let log = Rc::new(store.log(program.logging_json)?);
        log.note(command(options, &**workload, program));
        let files = RunFiles::new(store.history()?, store.journal()?, Rc::clone(&log));
        let wiring = Wiring {
            writer: Rc::new(files),
            leave_nodes: program.leave,
            ..Wiring::default()
        };
        let processes = Processes {
            program: program.path.clone(),
            args: program.args.clone(),
            logs: store.node_logs()?,
            log: program.log_stderr.then(|| Rc::clone(&log)),
            leave: program.leave,
        };
        let watch = Watch::new(options, workload.name());
        let record = real::run(options, workload, Rc::new(processes), wiring, |recorder| {
            watch.follow(recorder)
        })?;
        log.note("checking");
        let results = judge::check(options, &**workload, &record.history, &record.net);
        let results = results.with_panics(&record.panics, false);
        store.write_results(&record.judged(&results), &record.history)?;
        store.finish()?;
        Ok(Self {
            record,
            results,
            seed: options.seed,
            store,
            log,
        })
    }

    /// Tells what happened, in the log too.
    pub(super) fn tell(&self) {
        let summary = mael_sim::report::summary(&self.record, &self.results);
        let place = format!("seed: {}, store: {}", self.seed, self.path().display());
        for text in [&summary, &place] {
            print(text);
            self.log.note(text);
        }
    }

    /// Tells in a line what the checkers say, in the log too.
    pub(super) fn tell_verdict(&self) {
        let line = mael_sim::report::verdict_line(&self.record, &self.results);
        print(&line);
        self.log.note(&line);
    }

    pub(super) fn exit(&self) -> Exit {
        Exit::of(&self.record, &self.results)
    }

    fn path(&self) -> PathBuf {
        self.store.path()
    }
}

/// The command that runs this test.
fn command(options: &Options, workload: &dyn Workload, program: &Program) -> String {
    let mut words = vec![
        "mael".to_owned(),
        "test".to_owned(),
        format!("--workload={}", workload.name()),
        format!("--bin={}", program.path.display()),
        format!("--seed={}", options.seed),
    ];
    words.extend(flags(options));
    words.push("--".to_owned());
    words.extend(program.args.iter().cloned());
    command_line(words.iter().map(String::as_str))
}

/// These options, for nodes that are processes.
///
/// # Errors
/// When they ask for what only a simulation has.
pub(super) fn for_processes(options: Options) -> anyhow::Result<Options> {
    if options.nemesis.contains(&Fault::Crash) {
        return Err(bad(
            "--nemesis crash needs nodes whose steps can be counted, which only simulation has: \
             use kill",
        ));
    }
    if options.clock_drift > 0.0 {
        return Err(bad(
            "--clock-drift needs nodes whose clocks are virtual, which only simulation has",
        ));
    }
    let others = options.nodes.len().saturating_sub(1) as u64;
    Ok(Options {
        start_spread: options.start_spread.or(Some(BETWEEN_STARTS * others)),
        ..options
    })
}
