//! The `mael` command with additional workloads and nodes.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::marker::PhantomData;
use std::process::ExitCode;

use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};
use mael::node::Handlers;
use mael_sim::command::{Simulator, bad, end, given_workload_flags, refuse, with_workload_flags};
use mael_sim::declared::{Operations, Specification, Specified};
use mael_sim::workloads::Workloads;

#[cfg(feature = "serve")]
use super::serve;
use super::{analyze, check, demo, doc, explain, glomers, install, new, next, test, trace};

/// Runs Maelstrom tests against nodes, without a JVM.
#[derive(Parser)]
#[command(
    name = "mael",
    bin_name = "cargo mael",
    version,
    subcommand_required = true
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Writes a node that passes its test, to start from
    New(new::Arguments),
    /// Runs one test against a node program, as `maelstrom test` does
    Test(Box<test::Arguments>),
    /// Checks a stored run again
    Analyze(analyze::Arguments),
    /// Prints the operations, messages and faults of a stored run, in the order of their times
    Trace(trace::Arguments),
    /// Checks histories that Mael or Jepsen recorded
    Check(check::Arguments),
    /// Explains an anomaly of a report, or lists all
    Explain(explain::Arguments),
    /// Prints the reference of all workloads and of the protocol, as Markdown
    Doc(doc::Arguments),
    /// Shows the stored runs in a browser
    #[cfg(feature = "serve")]
    Serve(serve::Arguments),
    /// Simulates the nodes of this program in virtual time
    Sim(Simulation),
    /// Runs the official Gossip Glomers tests against the challenges, or against your own program
    Glomers(glomers::Arguments),
    /// Builds the challenges and runs every workload against them
    Demo(Box<demo::Arguments>),
    /// Prints the completions of a shell
    Completions(install::CompletionsArguments),
    /// Writes the man pages to a folder
    Man(install::ManArguments),
}

/// The unparsed arguments of the simulator.
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
struct Simulation {
    #[arg(allow_hyphen_values = true, trailing_var_arg = true)]
    args: Vec<OsString>,
}

/// The commands that accept the flags of declared workloads.
const WITH_WORKLOAD_FLAGS: [&str; 3] = ["test", "analyze", "check"];

/// The `mael` command with additional workloads, and nodes to simulate: see [`main`](super::main).
///
/// `W` is the workload that was added last. Nodes are added to it.
pub struct Bench<W = ()> {
    workloads: Result<Workloads, String>,
    simulator: Simulator,
    has_nodes: bool,
    workload: PhantomData<fn() -> W>,
}

impl Bench {
    pub(super) fn new() -> Self {
        Self {
            workloads: Ok(Workloads::built_in()),
            simulator: Simulator::new("cargo run -- sim")
                .explained_by("cargo run -- explain", explain::is_explained),
            has_nodes: false,
            workload: PhantomData,
        }
    }
}

impl<W> Bench<W> {
    /// Adds a workload with its flags to `mael test -w` and the other commands.
    #[must_use]
    pub fn workload<Added: Operations>(self) -> Bench<Added> {
        let add = |mut workloads: Workloads| workloads.add::<Added>().map(|()| workloads);
        Bench {
            workloads: self.workloads.and_then(add),
            simulator: self.simulator,
            has_nodes: self.has_nodes,
            workload: PhantomData,
        }
    }

    /// Adds the workload of a specification.
    #[must_use]
    pub fn specification<S: Specification>(self) -> Bench<Specified<S>> {
        self.workload()
    }

    /// Runs the command with the arguments of the program.
    pub fn run(self) -> ExitCode {
        self.run_with(std::env::args_os())
    }

    /// Runs the command with these arguments. The first is the name of the program.
    pub fn run_with(self, args: impl IntoIterator<Item = OsString>) -> ExitCode {
        let workloads = match self.workloads {
            Ok(workloads) => workloads,
            Err(reason) => return end(Err(bad(reason))),
        };
        let parser = || command(&workloads, self.has_nodes).map_err(bad);
        let matched = match parser() {
            Ok(parser) => parser.try_get_matches_from(args),
            Err(error) => return end(Err(error)),
        };
        let parsed = matched.and_then(|matches| {
            let flags = given(&workloads, &matches);
            Ok((Arguments::from_arg_matches(&matches)?, flags))
        });
        let (arguments, flags) = match parsed {
            Ok(parsed) => parsed,
            Err(error) => return refuse(&error).into(),
        };
        let result = match arguments.command {
            Command::New(arguments) => new::main(&arguments),
            Command::Test(arguments) => {
                let test::Arguments { bin, workload, .. } = &*arguments;
                let bin = bin.as_deref().unwrap_or_default();
                let own = self.simulator.command_of(bin, workload);
                let simulator = own.or_else(|| next::simulator(bin, workload));
                test::main(&arguments, &workloads, flags, simulator)
            }
            Command::Trace(arguments) => trace::main(&arguments),
            Command::Analyze(arguments) => analyze::main(&arguments, &workloads, flags),
            Command::Check(arguments) => check::main(&arguments, &workloads, &flags),
            Command::Explain(arguments) => explain::main(&arguments),
            Command::Doc(arguments) => doc::main(&arguments, &workloads),
            #[cfg(feature = "serve")]
            Command::Serve(arguments) => serve::main(&arguments),
            Command::Sim(arguments) => {
                let name = OsString::from("sim");
                let args = std::iter::once(name).chain(arguments.args);
                return self.simulator.main(args);
            }
            Command::Glomers(arguments) => glomers::main(&arguments),
            Command::Demo(arguments) => demo::main(&arguments),
            Command::Completions(arguments) => {
                parser().and_then(|parser| install::completions(&arguments, parser))
            }
            Command::Man(arguments) => parser().and_then(|parser| install::man(&arguments, parser)),
        };
        end(result)
    }
}

impl<W: Operations> Bench<W> {
    /// Adds a node of this program, which `sim NAME` simulates under the workload that was added
    /// last.
    #[must_use]
    pub fn node<N: Handlers>(self, name: &'static str) -> Self {
        Self {
            simulator: self.simulator.node_of::<N, W>(name),
            has_nodes: true,
            ..self
        }
    }
}

/// Returns the command with the flags of declared workloads.
///
/// # Errors
/// When a workload has a flag with the same name as one of the command.
fn command(workloads: &Workloads, has_nodes: bool) -> Result<clap::Command, String> {
    let mut command = Arguments::command();
    for name in WITH_WORKLOAD_FLAGS {
        let part = command.find_subcommand(name).cloned().unwrap_or_default();
        let part = with_workload_flags(part, workloads.flags())?;
        command = command.mut_subcommand(name, |_| part);
    }
    let help = test::workload_help(workloads);
    command = command.mut_subcommand("test", |test| test.mut_arg("workload", |it| it.help(help)));
    // The nodes of the challenges have a separate command.
    Ok(command.mut_subcommand("sim", |sim| sim.hide(!has_nodes)))
}

/// Returns the flags of declared workloads that were given.
fn given(workloads: &Workloads, matches: &ArgMatches) -> BTreeMap<String, String> {
    match matches.subcommand() {
        Some((name, matches)) if WITH_WORKLOAD_FLAGS.contains(&name) => {
            given_workload_flags(matches, workloads.flags())
        }
        _ => BTreeMap::new(),
    }
}
