//! `mael test`: one test against one program.

mod replay;
mod watch;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;

use clap::Args;
use mael_sim::command::{bad, print_report};
use mael_sim::options::Given;
use mael_sim::workloads::{Workload, Workloads};
use mael_sim::{Exit, Options};

use crate::bin::Bin;
use crate::lines::with_random_seed;
use crate::real_run::{Program, RealRun, for_processes};

#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub(super) struct Arguments {
    /// The node's program: a path; the name of a binary of this workspace, which is built first; or
    /// a command, such as "python3 node.py" or "go run .", which runs in the current folder
    /// [default with --replay: that of the stored run]
    #[arg(
        long,
        help_heading = "Test",
        value_name = "FILE",
        required_unless_present = "replay"
    )]
    pub(super) bin: Option<String>,

    #[arg(
        short = 'w',
        long,
        value_name = "NAME",
        default_value = "lin-kv",
        help_heading = "Test"
    )]
    pub(super) workload: String,

    #[command(flatten)]
    options: Given,

    /// How many times to run the test; stops at the first run that is not valid
    #[arg(long, help_heading = "Test", value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    test_count: u64,

    /// Run the test again each time the files of the program change: the file that --bin names, the
    /// sources of a binary of this workspace, which is built again, or the files and folders that a
    /// command names, with files of the same kind beside them
    #[arg(long, help_heading = "Test", conflicts_with = "replay")]
    watch: bool,

    /// Repeat a stored run, real or simulated, given by its folder or number: the same operations
    /// of the same clients, faults, delays and losses of messages between servers, at the same
    /// times. The timing of threads inside of the nodes, and what they draw, is not repeated. Other
    /// flags override the options of the run
    #[arg(
        long,
        help_heading = "Replay",
        value_name = "RUN",
        allow_negative_numbers = true,
        conflicts_with_all = ["workload", "test_count"]
    )]
    replay: Option<String>,

    /// How often to repeat the stored run [default: 1]
    #[arg(long, help_heading = "Replay", value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    times: Option<u64>,

    /// Copy the nodes' stderr to the log
    #[arg(long, help_heading = "Output")]
    log_stderr: bool,

    /// Write the log, mael.log, as JSON, one object per line
    #[arg(long, help_heading = "Output")]
    logging_json: bool,

    /// Store the run without pictures and without report.html
    #[arg(long, help_heading = "Output")]
    no_pictures: bool,

    /// Close the nodes' input at the end instead of killing them
    #[arg(long, help_heading = "Test")]
    leave_db_running: bool,

    #[command(flatten)]
    accepted: Accepted,

    /// Arguments for the node's program; those that look like flags come after --
    #[arg(value_name = "ARGS")]
    args: Vec<String>,
}

/// Flags of Maelstrom that have no effect here.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Compatibility")]
struct Accepted {
    /// Accepted for compatibility with Maelstrom; has no effect
    #[arg(long)]
    no_ssh: bool,

    /// Accepted for compatibility with Maelstrom; has no effect
    #[arg(long)]
    strict_host_key_checking: bool,

    /// Accepted for compatibility with Maelstrom; has no effect
    #[arg(long, value_name = "NAME", default_value = "root")]
    username: String,

    /// Accepted for compatibility with Maelstrom; has no effect
    #[arg(long, value_name = "PASSWORD", default_value = "root")]
    password: String,

    /// Accepted for compatibility with Maelstrom; has no effect
    #[arg(long, value_name = "FILE")]
    ssh_private_key: Option<PathBuf>,
}

/// Runs the test. `simulator` is the beginning of the command that simulates the program, if there
/// is one.
pub(super) fn main(
    arguments: &Arguments,
    workloads: &Workloads,
    flags: BTreeMap<String, String>,
    simulator: Option<String>,
) -> anyhow::Result<Exit> {
    if let Some(run) = &arguments.replay {
        return replay::main(arguments, run, workloads, flags);
    }
    if arguments.times.is_some() {
        return Err(bad(
            "--times is how often to repeat a run, which --replay names",
        ));
    }
    let workload = workloads.get(&arguments.workload, &flags).map_err(bad)?;
    // Invalid options are rejected before anything is built. As in Maelstrom, a test is not strict
    // by default.
    let defaults = Options {
        strict: false,
        ..with_random_seed()
    };
    let options = arguments.options.over(&defaults).map_err(bad)?;
    let options = Options {
        workload_flags: flags,
        ..for_processes(options)?
    };
    workload.validate(&options).map_err(bad)?;
    let test = |bin: &Bin| {
        let program = Program {
            simulator: simulator.clone(),
            ..program_of(arguments, bin.clone(), &arguments.args)
        };
        repeat(arguments.test_count, &options, &workload, &program)
    };
    let name = arguments.bin.as_deref().unwrap_or_default();
    let bin = Bin::find(name)?;
    if arguments.watch {
        return watch::main(name, &arguments.args, bin, test);
    }
    Ok(test(&bin)?.exit)
}

/// How the last run of a test ended.
struct Ended {
    exit: Exit,
    /// Whether a signal ended it.
    was_interrupted: bool,
}

/// Runs a test as often as `count` says, but none after a run that is not valid.
fn repeat(
    count: u64,
    options: &Options,
    workload: &Rc<dyn Workload>,
    program: &Program,
) -> anyhow::Result<Ended> {
    let mut ended = Ended {
        exit: Exit::Valid,
        was_interrupted: false,
    };
    for repetition in 0..count {
        let options = Rc::new(Options {
            seed: options.seed.wrapping_add(repetition),
            ..options.clone()
        });
        let run = RealRun::new(&options, workload, program, None)?;
        run.report(print_report);
        run.report_verdict();
        ended = Ended {
            exit: run.exit(),
            was_interrupted: run.record.was_interrupted(),
        };
        if ended.exit != Exit::Valid {
            break;
        }
    }
    Ok(ended)
}

/// Returns the program to run with these arguments.
fn program_of(arguments: &Arguments, bin: Bin, args: &[String]) -> Program {
    Program {
        bin,
        args: args.to_vec(),
        log_stderr: arguments.log_stderr,
        logging_json: arguments.logging_json,
        leave: arguments.leave_db_running,
        no_pictures: arguments.no_pictures,
        simulator: None,
    }
}

/// Returns the help of `--workload`.
pub(super) fn workload_help(workloads: &Workloads) -> String {
    format!(
        "The workload: {}; `mael doc` describes them",
        workloads.names().join(", ")
    )
}
