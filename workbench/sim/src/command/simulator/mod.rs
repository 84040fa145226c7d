//! A command that simulates the nodes of a binary.

mod arguments;
mod exhaustive;
mod explanations;
mod one_run;
mod seeds;
mod stored;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};
use mael::node::Handlers;
use mael::{LogLevel, StartupError};

use self::arguments::{Arguments, defaults};
use self::exhaustive::run_exhaustive;
use self::explanations::Explanations;
use self::one_run::run_once;
use self::seeds::sweep_seeds;
use super::command_line::CommandLine;
use super::workload_flags::{given_workload_flags, with_workload_flags};
use crate::Exit;
use crate::command::{bad, end, first_sentence, refuse};
use crate::declared::{FlagType, Operations};
use crate::options::Options;
use crate::output::print;
use crate::simulation::exhaustive::Disruption;
use crate::simulation::{ReplayPlan, Simulate, Simulation, simulate};
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
        let (seed, explanations) = (options.seed, self.explanations);
        match (arguments.seeds, disruption) {
            (Some(count), _) => sweep_seeds(&*simulation, arguments, seed, count, explanations),
            (_, Some(disruption)) => {
                run_exhaustive(&*simulation, arguments, seed, disruption, explanations)
            }
            _ => run_once(&*simulation, arguments, seed, plan, explanations),
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

/// Reads a plan from a file.
fn read_plan(path: &Path) -> anyhow::Result<ReplayPlan> {
    ReplayPlan::read(path).map_err(|reason| bad(format!("can't read {}: {reason}", path.display())))
}
