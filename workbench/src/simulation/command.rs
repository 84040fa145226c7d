//! A command that simulates nodes, for a binary that knows them.

use std::ffi::OsString;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::process::ExitCode;
use std::rc::Rc;

use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser};
use mael::LogLevel;
use mael::node::Handlers;

use super::{Simulated, Simulation, simulate, sweep};
use crate::Test;
use crate::cli::{Exit, TestArgs, bad, command_line, end, refuse, say};
use crate::report::{self, Bar};
use crate::store::Store;
use crate::workloads::Workload;

/// How many failing seeds of a sweep are told.
const SHOWN: usize = 5;

/// A command that simulates nodes by name.
///
/// ```no_run
/// use std::process::ExitCode;
///
/// use mael::prelude::*;
/// use mael_workbench::simulation::Simulator;
/// use mael_workbench::workloads;
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
///     Simulator::new("cargo run --").node::<Echo>("echo", workloads::Echo).main(std::env::args_os())
/// }
/// ```
pub struct Simulator {
    command: &'static str,
    nodes: Vec<(&'static str, Make)>,
}

type Make = Box<dyn Fn(Test, LogLevel) -> Box<dyn Simulate>>;

/// A [`Simulation`] of whatever node.
trait Simulate: Sync {
    fn run_seed(&self, seed: u64) -> Simulated;
    fn workload(&self) -> Rc<dyn Workload>;
}

impl<N: Handlers> Simulate for Simulation<N> {
    fn run_seed(&self, seed: u64) -> Simulated {
        Simulation::run_seed(self, seed)
    }

    fn workload(&self) -> Rc<dyn Workload> {
        (self.workload)()
    }
}

/// Simulates a test in virtual time: nodes, network and clients in this process, under one seed.
#[derive(Parser)]
struct Arguments {
    /// The node
    name: String,

    #[command(flatten)]
    test: TestArgs,

    /// The first seed
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    seed: u64,

    /// How many seeds to run, from the first on, each for 5 s at rate 50 with an act of the
    /// nemesis every second, unless --time-limit, --rate and --nemesis-interval say otherwise
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    seeds: Option<u64>,

    /// Print a digest of each run's journal and history, to compare runs
    #[arg(long)]
    digest: bool,
}

impl Simulator {
    /// A simulator that is called by this command, which is printed when a run is to be replayed.
    pub fn new(command: &'static str) -> Self {
        Self {
            command,
            nodes: Vec::new(),
        }
    }

    /// Adds a node, to be simulated under a workload.
    #[must_use]
    pub fn node<N: Handlers>(
        mut self,
        name: &'static str,
        workload: impl Workload + Clone + Send + Sync + 'static,
    ) -> Self {
        let make = move |test: Test, log_level| {
            let simulation = simulate::<N>(workload.clone());
            Box::new(simulation.journal().log_level(log_level).test(test)) as _
        };
        self.nodes.push((name, Box::new(make)));
        self
    }

    /// The whole of the command. Its exit status is that of `mael test`; of several runs, that of
    /// the first that is not valid.
    pub fn main(self, args: impl IntoIterator<Item = OsString>) -> ExitCode {
        let args: Vec<OsString> = args.into_iter().collect();
        let names: Vec<&'static str> = self.nodes.iter().map(|(name, _)| *name).collect();
        let command = Arguments::command()
            .name("sim")
            .bin_name(self.command)
            .mut_arg("name", |name| name.value_parser(names));
        let parsed = command.try_get_matches_from(&args).and_then(|matches| {
            let arguments = Arguments::from_arg_matches(&matches)?;
            Ok((matches, arguments))
        });
        match parsed {
            Ok((matches, arguments)) => end(self.run(&matches, arguments, &args)),
            Err(error) => refuse(&error).into(),
        }
    }

    fn run(
        &self,
        matches: &ArgMatches,
        mut arguments: Arguments,
        args: &[OsString],
    ) -> anyhow::Result<Exit> {
        let mut replay = Replay::new(self.command, args);
        if arguments.seeds.is_some() {
            let default = |flag| matches.value_source(flag) == Some(ValueSource::DefaultValue);
            if default("time_limit") {
                arguments.test.time_limit = 5;
                replay.also("--time-limit=5");
            }
            if default("rate") {
                arguments.test.rate = 50.0;
                replay.also("--rate=50");
            }
            if default("nemesis_interval") {
                arguments.test.nemesis_interval = 1.0;
                replay.also("--nemesis-interval=1");
            }
        }
        let last = arguments
            .seeds
            .map(|count| arguments.seed.checked_add(count - 1));
        if last == Some(None) {
            return Err(bad("there are no seeds beyond 18446744073709551615"));
        }
        let test = arguments.test.to_test(arguments.seed)?;
        let (_, make) = self
            .nodes
            .iter()
            .find(|(name, _)| *name == arguments.name)
            .expect("the parser knows the names");
        let log_level = LogLevel::from_environment().map_err(bad)?;
        let simulation = make(test.clone(), log_level);
        simulation.workload().accepts(&test).map_err(bad)?;
        match arguments.seeds {
            Some(count) => Ok(sweep_seeds(&*simulation, &arguments, count, &replay)),
            None => run_once(&*simulation, &test, arguments.digest),
        }
    }
}

/// Simulates one seed, and stores and tells all of it.
fn run_once(simulation: &dyn Simulate, test: &Test, digest: bool) -> anyhow::Result<Exit> {
    let run = simulation.run_seed(test.seed);
    let store = Store::create(simulation.workload().name())?;
    store.write_test(simulation.workload().name(), test)?;
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
        fs::write(logs.join(format!("{node}.log")), log)?;
    }
    store.write_results(&run.results, &run.record.history)?;
    store.finish()?;
    if digest {
        say(&digest_line(&run));
    }
    let log = store.log(false)?;
    let place = format!("store: {}", store.path().display());
    for text in [
        &*format!("seed {}, in virtual time", run.seed),
        &report::summary(&run.record, &run.results),
        &place,
        report::verdict_line(&run.record, &run.results),
    ] {
        say(text);
        log.note(text);
    }
    Ok(Exit::of(&run.record, &run.results))
}

/// Simulates many seeds, and tells those that fail.
fn sweep_seeds(
    simulation: &dyn Simulate,
    arguments: &Arguments,
    count: u64,
    replay: &Replay,
) -> Exit {
    let bar = Bar::new(&arguments.name, "{pos}/{len} seeds, {elapsed}", count);
    let mut digests = Vec::new();
    let mut failures = Vec::new();
    let (mut operations, mut messages, mut simulated) = (0, 0, 0.0);
    sweep::sweep(
        arguments.seed..=arguments.seed + (count - 1),
        |seed| simulation.run_seed(seed),
        |run| {
            bar.inc(1);
            operations += run.record.history.invocations().count();
            messages += run.record.net.all().send;
            simulated += run.record.took.as_secs_f64();
            if arguments.digest {
                digests.push((run.seed, digest_line(&run)));
            }
            if !run.passed() {
                let summary = report::summary(&run.record, &run.results);
                failures.push((run.seed, Exit::of(&run.record, &run.results), summary));
            }
        },
    );
    drop(bar);
    digests.sort_unstable();
    failures.sort_unstable_by_key(|(seed, _, _)| *seed);
    for (_, line) in digests {
        say(&line);
    }
    say(&format!(
        "{count} seeds of {}: {simulated:.0} s simulated, {operations} operations, {messages} messages; {} failed",
        arguments.name,
        failures.len()
    ));
    for (seed, _, summary) in failures.iter().take(SHOWN) {
        say(&format!(
            "\nseed {seed} failed: {}\n{summary}",
            replay.seed(*seed)
        ));
    }
    failures.first().map_or(Exit::Valid, |(_, exit, _)| *exit)
}

/// What was recorded of a run, as a number. Two runs of one build differ if their numbers do.
fn digest_line(run: &Simulated) -> String {
    let mut hasher = DefaultHasher::new();
    run.journal.hash(&mut hasher);
    run.history().hash(&mut hasher);
    let messages = run.record.net.all().send;
    format!(
        "seed {} digest {:016x} messages {messages}",
        run.seed,
        hasher.finish()
    )
}

/// The command line that repeats one run of a sweep.
struct Replay {
    /// What calls the simulator, as it is typed.
    command: &'static str,
    /// What follows after it, but for seeds.
    words: Vec<String>,
}

impl Replay {
    /// The command line as it was given, without its seeds.
    fn new(command: &'static str, args: &[OsString]) -> Self {
        let mut words = Vec::new();
        let mut args = args.iter().skip(1).map(|arg| arg.to_string_lossy());
        while let Some(arg) = args.next() {
            match &*arg {
                "--seed" | "--seeds" => drop(args.next()),
                "--digest" => {}
                _ if arg.starts_with("--seed=") || arg.starts_with("--seeds=") => {}
                _ => words.push(arg.into_owned()),
            }
        }
        Self { command, words }
    }

    fn also(&mut self, flag: &str) {
        self.words.push(flag.to_owned());
    }

    fn seed(&self, seed: u64) -> String {
        let flags = command_line(self.words.iter().map(String::as_str));
        format!("{} {flags} --seed={seed}", self.command)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replay_has_all_flags_but_the_seeds() {
        let args = [
            "sim", "echo", "--seeds", "10", "--nodes", "a, b", "--seed=3", "--digest",
        ];
        let args = args.map(OsString::from);
        let mut replay = Replay::new("cargo sim", &args);
        replay.also("--rate=50");
        assert_eq!(
            replay.seed(7),
            "cargo sim echo --nodes 'a, b' --rate=50 --seed=7"
        );
    }
}
