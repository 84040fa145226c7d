//! `mael glomers`: the official Gossip Glomers tests, against the challenges of this workspace.

use std::path::Path;
use std::rc::Rc;

use clap::Args;

use super::args::{bad, whole_seconds};
use super::cargo::{Profile, build_binaries};
use super::real_run::{Program, RealRun};
use super::{Exit, TestArgs, say};
use crate::glomers::{LINES, Line};
use crate::report::ScoreTable;
use crate::workloads;

#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Run only these challenges, such as 2 or 1,3b
    #[arg(long, value_name = "CHALLENGES", value_delimiter = ',')]
    only: Vec<String>,

    /// Begin operations for at most this many seconds in each run
    #[arg(long, value_name = "SECONDS", value_parser = whole_seconds)]
    time_limit: Option<u64>,

    /// Fixes every random draw of the workbench; drawn if it is not given
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
}

pub(super) fn main(arguments: &Arguments) -> anyhow::Result<Exit> {
    let known = |challenge: &&String| LINES.iter().any(|line| line.challenge == **challenge);
    if let Some(unknown) = arguments.only.iter().find(|only| !known(only)) {
        let mut known: Vec<&str> = LINES.iter().map(|line| line.challenge).collect();
        known.dedup();
        let known = known.join(", ");
        return Err(bad(format!(
            "there is no challenge {unknown:?}; there are {known}"
        )));
    }
    let chosen = |line: &&Line| {
        arguments.only.is_empty() || arguments.only.iter().any(|only| only == line.challenge)
    };
    let lines: Vec<&Line> = LINES.iter().filter(chosen).collect();
    let names: Vec<&str> = lines.iter().map(|line| line.bin).collect();
    let programs = build_binaries(Path::new("."), &names, Profile::Release)?;

    let seed = arguments.seed.unwrap_or_else(|| fastrand::u64(..));
    let mut table = ScoreTable::new();
    let mut first_failure = None;
    let mut interrupted = false;
    for (line, program) in lines.iter().zip(&programs) {
        if interrupted {
            table.add_not_run(line.challenge, line.bin);
            continue;
        }
        let mut flags = TestArgs::of_line(line.flags)?;
        let limit = arguments.time_limit.unwrap_or(flags.time_limit);
        flags.time_limit = flags.time_limit.min(limit);
        let test = Rc::new(flags.to_test(seed)?);
        let workload = workloads::by_name(line.workload).map_err(bad)?;
        let program = Program {
            path: program.clone(),
            args: line.args.iter().map(|arg| (*arg).to_owned()).collect(),
            ..Program::default()
        };
        let run = RealRun::new(&test, &workload, &program)?;
        let exit = run.exit();
        table.add(line.challenge, line.bin, &run.record, &run.results);
        if exit != Exit::Valid {
            run.tell();
            first_failure = first_failure.or(Some(exit));
        }
        interrupted = run.record.was_interrupted();
    }
    say(&table.to_string());
    Ok(first_failure.unwrap_or(Exit::Valid))
}
