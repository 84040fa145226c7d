//! A command that simulates the nodes of a binary.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use anyhow::Context;
use clap::{CommandFactory, FromArgMatches, Parser};
use mael::node::Handlers;
use mael::{LogLevel, StartupError};
use mael_history::text::counted;

use super::command_line::{CommandLine, SWARM};
use super::interrupt;
use super::tally::{Outcome, Tally, digest_line};
use super::workload_flags::{given_workload_flags, with_workload_flags};
use crate::Exit;
use crate::command::{Bar, bad, end, first_sentence, paint, print_report, refuse};
use crate::declared::{FlagType, Operations};
use crate::judge::Results;
use crate::options::{Given, Options};
use crate::output::print;
use crate::report;
use crate::simulation::exhaustive::Disruption;
use crate::simulation::failure::{Failure, MINIMAL_RUN};
use crate::simulation::sweep::Sweep;
use crate::simulation::{
    ReplayPlan, Shrunk, Simulate, Simulated, Simulation, exhaustive, failure, secs, simulate, trace,
};
use crate::store::Store;
use crate::workloads::{Workload, with_flags};

/// A command that simulates nodes by name.
///
/// ```no_run
/// use std::process::ExitCode;
///
/// use mael::prelude::*;
/// use mael_sim::command::Simulator;
/// use mael_sim::workloads;
///
/// #[node]
/// struct Echo;
///
/// #[handlers]
/// impl Echo {
///     #[handler(type = "echo", reply = "echo")]
///     fn echo(&self, echo: String) -> String {
///         echo
///     }
/// }
///
/// fn main() -> ExitCode {
///     Simulator::new("cargo run --")
///         .node::<Echo>("echo", workloads::Echo)
///         .main(std::env::args_os())
/// }
/// ```
pub struct Simulator {
    command: &'static str,
    nodes: Vec<SimulatedNode>,
    explanations: Option<Explanations>,
}

/// The command that explains anomalies, and whether it explains one.
#[derive(Clone, Copy)]
struct Explanations {
    command: &'static str,
    is_explained: fn(&str) -> bool,
}

impl Explanations {
    /// Returns a line with the command that explains the first anomaly of a run.
    fn of(self, results: &Results) -> Option<String> {
        let name = results.first_anomaly(self.is_explained)?;
        Some(self.line(&name))
    }

    /// Returns a line with the command that explains the first of these anomalies.
    fn first<'a>(self, mut anomalies: impl Iterator<Item = &'a String>) -> Option<String> {
        let name = anomalies.find(|name| (self.is_explained)(name))?;
        Some(self.line(name))
    }

    fn line(self, name: &str) -> String {
        format!("explain {name} with {} {name}", self.command)
    }
}

/// A node with its workload.
struct SimulatedNode {
    name: &'static str,
    workload: &'static str,
    /// The flags that the workload defines.
    flags: Vec<FlagType>,
    make: Make,
}

type Make = Box<dyn Fn(Request) -> Result<Box<dyn Simulate>, RequestError>>;

/// The reason why no simulation can be created.
enum RequestError {
    /// The flags of the workload are invalid.
    Workload(String),
    /// The node rejects its arguments, or prints help.
    Node(StartupError),
}

/// The arguments that define a simulation.
struct Request {
    options: Options,
    swarm: bool,
    shrinks: bool,
    encoded: bool,
    allows_panics: bool,
    /// The arguments of the node.
    args: Vec<OsString>,
    replay: CommandLine,
}

/// Simulates a test in virtual time: nodes, network and clients run in this process, and one seed
/// determines the run.
#[derive(Parser)]
struct Arguments {
    /// The node
    #[arg(index = 1)]
    name: String,

    #[command(flatten)]
    options: Given,

    /// The number of seeds to run, starting at --seed, each for 5 s at rate 50 with an action of
    /// the nemesis every second, unless --time-limit, --rate or --nemesis-interval are given
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    seeds: Option<u64>,

    /// The number of seeds that run at the same time [default: the number of cores]
    #[arg(long, value_name = "COUNT")]
    threads: Option<NonZeroUsize>,

    /// Let each seed choose the faults, each with probability one half: those of --nemesis
    /// (default: partition and pause) and --adversary (default: all); partitions at
    /// --partition-interval or --nemesis-interval (without --nemesis, also at a twentieth of it);
    /// kills at --kill-at or at events; --loss, --reorder, --clock-drift, --latency and
    /// --start-spread up to their values (defaults: 0.1, 0.3, 0.1, 100 in any distribution, and
    /// 500); and --duplicate if it is given. A failure prints the chosen faults
    #[arg(long)]
    swarm: bool,

    /// Report a failing run without shrinking it to a minimal trace
    #[arg(long)]
    no_shrink: bool,

    /// Replay the run in this file, which is the replay.json of a failed run; other flags override
    /// its options
    #[arg(long, value_name = "FILE", conflicts_with_all = ["seeds", "swarm"])]
    replay: Option<PathBuf>,

    /// Run once for each step of each node, from its start to the end of the run, and kill the node
    /// at this step; for small tests, such as --rate 5 --time-limit 1 --recovery 1
    #[arg(long, conflicts_with_all = ["seeds", "replay", "digest", "exhaustive_drops"])]
    exhaustive_kills: bool,

    /// Run once for each message between servers, and drop this message
    #[arg(long, conflicts_with_all = ["seeds", "replay", "digest"])]
    exhaustive_drops: bool,

    /// Run each seed a second time with all bodies encoded as bytes, and check that both runs are
    /// equal
    #[arg(long)]
    encoded: bool,

    /// Allow panics in handlers, methods marked #[init] or #[every], tasks and destructors
    #[arg(long)]
    allow_panics: bool,

    /// Store the run without pictures and without report.html; runs of many seeds have none
    #[arg(long)]
    no_pictures: bool,

    /// Print a digest of each run's journal and history, to compare runs
    #[arg(long)]
    digest: bool,

    /// Arguments for the node
    #[arg(index = 2, value_name = "ARGS", last = true)]
    args: Vec<OsString>,
}

impl Simulator {
    /// Creates a simulator. `command` is the command that runs it, which is printed to replay a
    /// run.
    pub fn new(command: &'static str) -> Self {
        Self {
            command,
            nodes: Vec::new(),
            explanations: None,
        }
    }

    /// Sets the command that explains an anomaly, to which its name is added, and which anomalies
    /// it explains. Reports then suggest it.
    #[must_use]
    pub fn explained_by(self, command: &'static str, is_explained: fn(&str) -> bool) -> Self {
        let explanations = Some(Explanations {
            command,
            is_explained,
        });
        Self {
            explanations,
            ..self
        }
    }

    /// Returns the command that simulates a node, if there is one with this name and workload.
    pub fn command_of(&self, name: &str, workload: &str) -> Option<String> {
        let is_it = |node: &&SimulatedNode| node.name == name && node.workload == workload;
        let found = self.nodes.iter().find(is_it);
        found.map(|_| format!("{} {name}", self.command))
    }

    /// Adds a node, which is simulated under a workload.
    #[must_use]
    pub fn node<N: Handlers>(
        mut self,
        name: &'static str,
        workload: impl Workload + Clone + Send + Sync + 'static,
    ) -> Self {
        self.nodes.push(SimulatedNode {
            name,
            workload: workload.name(),
            flags: Vec::new(),
            make: Box::new(move |request| simulation::<N>(workload.clone(), request)),
        });
        self
    }

    /// Adds a node that is simulated under a declared workload. The command accepts its flags.
    #[must_use]
    pub fn node_of<N: Handlers, W: Operations>(mut self, name: &'static str) -> Self {
        let make = |request: Request| {
            let workload = with_flags::<W>(&request.options.workload_flags);
            simulation::<N>(workload.map_err(RequestError::Workload)?, request)
        };
        self.nodes.push(SimulatedNode {
            name,
            workload: W::NAME,
            flags: W::default().flags(),
            make: Box::new(make),
        });
        self
    }

    /// Returns the flags defined by workloads, with the names of the workloads.
    fn workload_flags(&self) -> impl Iterator<Item = (&str, &FlagType)> {
        let flags = self.nodes.iter();
        flags.flat_map(|node| node.flags.iter().map(|flag| (node.workload, flag)))
    }

    /// Runs the command. The exit status is that of `mael test`. For several runs, it is that of
    /// the first run that is not valid, or 255 if they were interrupted.
    pub fn main(self, args: impl IntoIterator<Item = OsString>) -> ExitCode {
        let names: Vec<&'static str> = self.nodes.iter().map(|node| node.name).collect();
        let command = Arguments::command()
            .name("sim")
            .bin_name(self.command)
            .mut_arg("name", |name| name.value_parser(names));
        let command = match with_workload_flags(command, self.workload_flags()) {
            Ok(command) => command,
            Err(reason) => return end(Err(bad(reason))),
        };
        let arguments = command.try_get_matches_from(args).and_then(|matches| {
            let own = given_workload_flags(&matches, self.workload_flags());
            Ok((Arguments::from_arg_matches(&matches)?, own))
        });
        match arguments {
            Ok((arguments, own)) => end(self.run(&arguments, own)),
            Err(error) => refuse(&error).into(),
        }
    }

    fn run(&self, arguments: &Arguments, own: BTreeMap<String, String>) -> anyhow::Result<Exit> {
        LogLevel::from_env().map_err(bad)?;
        let plan = arguments.replay.as_deref().map(read_plan).transpose()?;
        let defaults = match &plan {
            Some(plan) => plan.options.clone(),
            None => defaults(arguments.seeds.is_some()),
        };
        let mut options = arguments.options.over(&defaults).map_err(bad)?;
        options.workload_flags.extend(own);
        let stored = plan.as_ref().map(|plan| plan.options.clone());
        let plan = plan.map(|plan| ReplayPlan {
            options: options.clone(),
            ..plan
        });
        let replay = CommandLine {
            command: self.command,
            name: arguments.name.clone(),
            options: options.clone(),
            plan: arguments.replay.clone().zip(stored),
            switches: arguments.switches(),
            node_args: lossy(&arguments.args),
        };
        let node = self.nodes.iter().find(|node| node.name == arguments.name);
        let node = node.expect("the parser only accepts these names");
        let made = (node.make)(Request {
            options: options.clone(),
            swarm: arguments.swarm,
            shrinks: !arguments.no_shrink && plan.is_none(),
            encoded: arguments.encoded,
            allows_panics: arguments.allow_panics,
            args: arguments.args.clone(),
            replay,
        });
        let simulation = match made {
            Ok(simulation) => simulation,
            Err(RequestError::Workload(reason)) => return Err(bad(reason)),
            Err(RequestError::Node(help)) if help.status == 0 => {
                print(help.text.trim_end());
                return Ok(Exit::Valid);
            }
            Err(RequestError::Node(error)) => return Err(bad(rejected_arguments(&error))),
        };
        simulation.workload().validate(&options).map_err(bad)?;
        let disruption = match (arguments.exhaustive_kills, arguments.exhaustive_drops) {
            (true, _) => Some(Disruption::Kill),
            (_, true) => Some(Disruption::Drop),
            _ => None,
        };
        match (arguments.seeds, disruption) {
            (Some(count), _) => {
                let explanations = self.explanations;
                sweep_seeds(&*simulation, arguments, options.seed, count, explanations)
            }
            (_, Some(disruption)) => {
                let explanations = self.explanations;
                run_exhaustive(
                    &*simulation,
                    arguments,
                    options.seed,
                    disruption,
                    explanations,
                )
            }
            _ => {
                let explanations = self.explanations;
                run_once(&*simulation, arguments, options.seed, plan, explanations)
            }
        }
    }
}

/// Returns the requested simulation.
fn simulation<N: Handlers>(
    workload: impl Workload + Clone + Send + Sync + 'static,
    request: Request,
) -> Result<Box<dyn Simulate>, RequestError> {
    let simulation = Simulation {
        swarm: request.swarm,
        shrinks: request.shrinks,
        encoded: request.encoded,
        allows_panics: request.allows_panics,
        replay: Box::new(request.replay),
        options: request.options,
        ..simulate::<N>(workload)
    };
    let simulation = simulation.accepted_args(request.args);
    Ok(Box::new(simulation.map_err(RequestError::Node)?))
}

impl Arguments {
    /// Returns the flags that affect a run but are not options of the test.
    fn switches(&self) -> Vec<&'static str> {
        [
            (SWARM, self.swarm),
            ("--no-shrink", self.no_shrink),
            ("--encoded", self.encoded),
            ("--allow-panics", self.allow_panics),
        ]
        .into_iter()
        .filter_map(|(flag, is_given)| is_given.then_some(flag))
        .collect()
    }
}

/// Returns the default options of a test. Runs of many seeds are shorter and have a higher rate.
fn defaults(of_many_seeds: bool) -> Options {
    let options = Options::default();
    if !of_many_seeds {
        return options;
    }
    Options {
        time_limit: secs(5),
        rate: 50.0,
        nemesis_interval: secs(1),
        ..options
    }
}

/// Converts arguments to strings for printing.
fn lossy(args: &[OsString]) -> Vec<String> {
    let texts = args.iter().map(|arg| arg.to_string_lossy().into_owned());
    texts.collect()
}

/// Returns the reason why a node rejects its arguments, as one sentence.
fn rejected_arguments(error: &StartupError) -> String {
    let reason = first_sentence(&error.text);
    let reason = reason.strip_prefix("error: ").unwrap_or(&reason);
    format!("the node rejects its arguments: {reason}")
}

/// Simulates one seed or replays a plan, stores the run and reports it.
fn run_once(
    simulation: &dyn Simulate,
    arguments: &Arguments,
    seed: u64,
    plan: Option<ReplayPlan>,
    explanations: Option<Explanations>,
) -> anyhow::Result<Exit> {
    let (options, run) = match &plan {
        Some(plan) => {
            let workload = simulation.workload();
            let valid = plan.schedule.validate(&plan.options, &*workload);
            valid.map_err(bad)?;
            (plan.options.clone(), simulation.play(plan, true))
        }
        None => {
            let options = simulation.options_of(seed);
            let run = simulation.run_test(options.clone(), true);
            (options, run)
        }
    };
    let trace = plan.as_ref().map(|plan| trace::render(plan, &run));
    let failure = Failure::of(simulation, &run, plan);
    let store = store(simulation, &options, &run)?;
    if arguments.digest {
        print(&digest_line(&run));
    }
    let shrunk = failure.as_ref().and_then(|it| it.shrink(simulation));
    let replay = match &shrunk {
        Some(Ok(Shrunk { plan, .. })) => {
            let (line, replayed) = write_plan(&store, simulation, plan, MINIMAL_RUN)?;
            if !arguments.no_pictures {
                let name = simulation.workload().name();
                store.pictures().draw_trace(name, plan, &replayed)?;
            }
            format!("\n{line}")
        }
        _ => String::new(),
    };
    let drawn = if arguments.no_pictures {
        None
    } else {
        let judged = run.results.of_run(&run.record);
        let workload = simulation.workload().name();
        let pictures = store.pictures();
        Some(pictures.draw(workload, &options, &run.record, &judged)?)
    };
    let (exit, verdict) = match &failure {
        Some(failure) if failure.is_inconclusive() => (
            failure.exit,
            "Inconclusive: too few operations succeeded to check the run.".to_owned(),
        ),
        _ => (
            Exit::of_judged(&run.record, &run.results),
            report::verdict_line(&run.record, &run.results),
        ),
    };
    let anomalies = run.anomalies();
    let (report, explain) = match failure {
        Some(failure) => (
            failure::explain(simulation, &failure, shrunk.as_ref()) + &replay,
            explanations.and_then(|it| it.of(&run.results)),
        ),
        None => (report::summary(&run.record, &run.results), None),
    };
    let log = store.log(false)?;
    let place = store.place(drawn.as_deref());
    for text in [
        &*format!("seed {}, in virtual time", run.seed),
        trace.as_deref().unwrap_or_default().trim_end(),
        &report,
        explain.as_deref().unwrap_or_default(),
        &place,
        &verdict,
    ] {
        if !text.is_empty() {
            print_report(&paint(text, &anomalies));
            log.note(text);
        }
    }
    Ok(exit)
}

/// Reads a plan from a file.
fn read_plan(path: &Path) -> anyhow::Result<ReplayPlan> {
    ReplayPlan::read(path).map_err(|reason| bad(format!("can't read {}: {reason}", path.display())))
}

/// Stores a run.
fn store(simulation: &dyn Simulate, options: &Options, run: &Simulated) -> anyhow::Result<Store> {
    let workload = simulation.workload();
    let store = Store::create(workload.name())?;
    store.write_test(workload.name(), options, None)?;
    store.clock().write(run.record.origin)?;
    let mut history = store.history()?;
    for operation in &run.record.history.0 {
        history.write(operation)?;
    }
    history.flush()?;
    let mut journal = store.journal()?;
    journal.write_all(&run.journal)?;
    journal.flush()?;
    let logs = store.node_logs()?;
    for (node, log) in &run.logs {
        fs::write(logs.join(format!("{node}.log")), log.to_string())?;
    }
    let judged = run.results.of_run(&run.record);
    store.write_results(&judged, &run.record.history)?;
    store.finish()?;
    Ok(store)
}

/// Stores a plan and the trace of its run. Returns a line with the command that replays it, and the
/// run.
fn write_plan(
    store: &Store,
    simulation: &dyn Simulate,
    plan: &ReplayPlan,
    name: &str,
) -> anyhow::Result<(String, Simulated)> {
    let path = store.write_replay(&plan.to_json())?;
    let run = simulation.play(plan, true);
    store.write_trace(&trace::render(plan, &run))?;
    let replay = simulation.replay().of_plan(&path);
    Ok((format!("replay {name} with {replay}"), run))
}

/// Replays a plan and stores the run. Returns lines with the command that replays it and its
/// folder.
fn save(simulation: &dyn Simulate, plan: &ReplayPlan, name: &str) -> anyhow::Result<String> {
    let store = store(simulation, &plan.options, &simulation.play(plan, true))?;
    let (replay, _) = write_plan(&store, simulation, plan, name)?;
    Ok(format!("{replay}\nstore: {}", store.path().display()))
}

/// Simulates a seed once for each point of a fault, and reports the first point at which it fails.
fn run_exhaustive(
    simulation: &dyn Simulate,
    arguments: &Arguments,
    seed: u64,
    disruption: Disruption,
    explanations: Option<Explanations>,
) -> anyhow::Result<Exit> {
    let name = &arguments.name;
    let stop = watch()?;
    let bar = Bar::new(name, "{pos}/{len} points, {elapsed}, {eta} left", 0);
    let done = Cell::new(0);
    let on_run = |points| {
        bar.set_length(points);
        bar.inc(1);
        done.update(|done| done + 1);
    };
    let threads = arguments.threads.map(NonZeroUsize::get);
    let checked = exhaustive::run(simulation, seed, disruption, threads, &stop, &on_run);
    drop(bar);
    let done: u64 = done.get();
    let (text, exit) = match checked {
        Err(found) => {
            let failure = found.failure.as_ref();
            let anomalies = failure.map(|it| it.anomalies.clone()).unwrap_or_default();
            let print = |text: &str| print_report(&paint(text, &anomalies));
            print(&found.text(simulation));
            if let Some((plan, name)) = found.plan() {
                print(&save(simulation, plan, name)?);
            }
            if let Some(line) = explanations.and_then(|it| it.first(anomalies.iter())) {
                print(&line);
            }
            return Ok(found.failure.map_or(Exit::Unknown, |failure| failure.exit));
        }
        Ok(0) => {
            let what = match disruption {
                Disruption::Kill => "no node takes a step",
                Disruption::Drop => "there are no messages between servers",
            };
            (
                format!("no faults can be injected into {name}: {what}"),
                Exit::Unknown,
            )
        }
        Ok(points) if done < points => {
            let text = format!(
                "interrupted after {done} of {points} points\n{name} passes with a fault at each \
                 of these points",
            );
            (text, Exit::Failed)
        }
        Ok(points) => {
            let points = counted(points, "point");
            (
                format!("{name} passes with a fault at each of {points}"),
                Exit::Valid,
            )
        }
    };
    print(&text);
    Ok(exit)
}

/// Returns a flag that Ctrl-C sets.
fn watch() -> anyhow::Result<Arc<AtomicBool>> {
    interrupt::watch().context("can't install signal handlers")
}

/// Simulates many seeds, and reports their number and the failures.
fn sweep_seeds(
    simulation: &dyn Simulate,
    arguments: &Arguments,
    first: u64,
    count: u64,
    explanations: Option<Explanations>,
) -> anyhow::Result<Exit> {
    let Some(last) = first.checked_add(count - 1) else {
        return Err(bad(
            "the last seed exceeds the maximum, 18446744073709551615",
        ));
    };
    let stop = watch()?;
    let started = Instant::now();
    let bar = Bar::new(
        &arguments.name,
        "{pos}/{len} seeds, {msg} failed, {elapsed}, {eta} left",
        count,
    );
    let mut tally = Tally::default();
    let sweep = Sweep {
        seeds: first..=last,
        threads: arguments.threads.map(NonZeroUsize::get),
        stop: &stop,
    };
    sweep.run(
        |seed| Outcome::new(simulation, seed, seed == first, arguments.digest),
        |outcome| {
            tally.add(outcome);
            bar.inc(1);
            bar.set_message(tally.failed().to_string());
        },
    );
    drop(bar);
    tally.digests().for_each(|line| print(line));
    let interrupted = tally.seeds() < count;
    if interrupted {
        print(&format!("interrupted before all {count} seeds had run"));
    }
    print(&format!(
        "{} of {} in {:.1} s: {tally}{}",
        counted(tally.seeds(), "seed"),
        arguments.name,
        started.elapsed().as_secs_f64(),
        tally
            .replays()
            .map(|it| format!("; {it}"))
            .unwrap_or_default(),
    ));
    let reports = tally.failures(simulation, |plan| save(simulation, plan, MINIMAL_RUN))?;
    let anomalies = tally.anomalies();
    for text in reports {
        print_report(&paint(&text, &anomalies));
    }
    let explained = explanations.and_then(|it| it.first(anomalies.iter()));
    if let Some(line) = explained {
        print_report(&format!("\n{}", paint(&line, &anomalies)));
    }
    Ok(if interrupted {
        Exit::Failed
    } else {
        tally.exit()
    })
}
