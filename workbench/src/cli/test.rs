//! `mael test`: one test against one program.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use clap::Args;

use super::args::{TestArgs, bad};
use super::cargo::{NoSuchBinary, Profile, build_binaries};
use super::{Exit, say};
use crate::Test;
use crate::checkers::{self, Results};
use crate::engine::{Record, Wiring};
use crate::real::{self, Processes};
use crate::report::{self, Watch};
use crate::store::Store;
use crate::workloads::{self, Workload};

#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub(super) struct Arguments {
    /// The node's program: a path, or the name of a binary of this workspace, which is built first
    #[arg(long, value_name = "FILE")]
    bin: String,

    /// What is tested: broadcast, echo, g-counter, g-set, lin-kv, pn-counter or unique-ids
    #[arg(short = 'w', long, value_name = "NAME", default_value = "lin-kv")]
    workload: String,

    #[command(flatten)]
    test: TestArgs,

    /// Fixes every random draw of the workbench; drawn, and told, if it is not given
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,

    /// Repeats the test, up to the first run that is not valid
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    test_count: u64,

    /// Tell what the nodes write to stderr on this process's stderr too
    #[arg(long)]
    log_stderr: bool,

    #[command(flatten)]
    accepted: Accepted,

    /// Arguments for the node's program; those that look like flags come after --
    #[arg(value_name = "ARGS")]
    args: Vec<String>,
}

/// Flags of Maelstrom that have nothing to act on here.
#[derive(Args, Clone, Debug)]
struct Accepted {
    /// Taken for Maelstrom's sake, without effect: no node outlives a run
    #[arg(long)]
    leave_db_running: bool,

    /// Taken for Maelstrom's sake, without effect
    #[arg(long)]
    logging_json: bool,

    /// Taken for Maelstrom's sake, without effect
    #[arg(long)]
    no_ssh: bool,

    /// Taken for Maelstrom's sake, without effect
    #[arg(long)]
    strict_host_key_checking: bool,

    /// Taken for Maelstrom's sake, without effect
    #[arg(long, value_name = "NAME", default_value = "root")]
    username: String,

    /// Taken for Maelstrom's sake, without effect
    #[arg(long, value_name = "PASSWORD", default_value = "root")]
    password: String,

    /// Taken for Maelstrom's sake, without effect
    #[arg(long, value_name = "FILE")]
    ssh_private_key: Option<PathBuf>,
}

/// A run on real processes.
pub(super) struct RealRun {
    pub(super) record: Record,
    pub(super) results: Results,
    pub(super) store: Store,
}

pub(super) fn main(arguments: &Arguments) -> anyhow::Result<Exit> {
    let workload = workloads::by_name(&arguments.workload).map_err(bad)?;
    let first_seed = arguments.seed.unwrap_or_else(|| fastrand::u64(..));
    // Flags that make no sense are told before anything is built.
    let test = arguments.test.to_test(first_seed)?;
    workload.accepts(&test).map_err(bad)?;
    let program = program(&arguments.bin)?;
    let mut exit = Exit::Valid;
    for repetition in 0..arguments.test_count {
        let seed = first_seed.wrapping_add(repetition);
        let test = arguments.test.to_test(seed)?;
        let run = run(
            &Rc::new(test),
            &workload,
            &program,
            &arguments.args,
            arguments.log_stderr,
        )?;
        say(&report::summary(&run.record, &run.results));
        say(&format!(
            "seed: {seed}, store: {}",
            run.store.path().display()
        ));
        say(report::verdict_line(&run.record, &run.results));
        exit = Exit::of(&run.record, &run.results);
        if exit != Exit::Valid {
            break;
        }
    }
    Ok(exit)
}

/// Runs a test against a program, and stores what came of it.
pub(super) fn run(
    test: &Rc<Test>,
    workload: &Rc<dyn Workload>,
    program: &Path,
    args: &[String],
    log_stderr: bool,
) -> anyhow::Result<RealRun> {
    let mut store = Store::create(workload.name())?;
    store.write_test(test)?;
    let wiring = Wiring {
        history: Some(store.history()?),
        journal: Some(store.journal()?),
        handling: None,
    };
    let processes = Processes {
        program: program.to_owned(),
        args: args.to_vec(),
        logs: store.node_logs()?,
        log_stderr,
    };
    let watch = Watch::new(test, workload.name());
    let record = real::run(test, workload, Rc::new(processes), wiring, |recorder| {
        watch.follow(recorder)
    })?;
    let results = checkers::check(test, &**workload, &record);
    store.finish(&results)?;
    Ok(RealRun {
        record,
        results,
        store,
    })
}

/// The program that `bin` means: a file, or else a binary of the workspace, built.
fn program(bin: &str) -> anyhow::Result<PathBuf> {
    let path = Path::new(bin);
    if path.is_file() {
        return Ok(std::path::absolute(path)?);
    }
    if path.components().count() != 1 {
        return Err(bad(format!("there is no file {bin:?}")));
    }
    let built = build_binaries(Path::new("."), &[bin], Profile::Release);
    let built = built.map_err(|error| match error.downcast::<NoSuchBinary>() {
        Ok(error) => bad(format!("{bin:?} is no file here, and {error}")),
        Err(error) => error,
    })?;
    Ok(built.into_iter().collect())
}
