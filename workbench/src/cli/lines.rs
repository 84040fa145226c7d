//! Tests of several binaries of this workspace, one after the other, and a table of what came of them.

use std::path::Path;
use std::rc::Rc;

use super::args::bad;
use super::cargo::{Profile, build_binaries};
use super::real_run::{Program, RealRun};
use super::{Exit, TestArgs, say};
use crate::glomers::Line;
use crate::report::ScoreTable;
use crate::workloads;

/// Builds the binaries, optimized, runs the tests with these flags, and prints the table. An
/// interrupt ends the run that it meets, and those after it are not begun.
pub(super) fn run_lines(
    lines: &[&Line],
    seed: u64,
    flags: impl Fn(&Line) -> anyhow::Result<TestArgs>,
) -> anyhow::Result<Exit> {
    let names: Vec<&str> = lines.iter().map(|line| line.bin).collect();
    let programs = build_binaries(Path::new("."), &names, Profile::Release)?;
    let mut table = ScoreTable::new();
    let mut worst = Exit::Valid;
    let mut interrupted = false;
    for (line, program) in lines.iter().zip(&programs) {
        if interrupted {
            table.add_not_run(line.challenge, line.bin);
            continue;
        }
        let test = Rc::new(flags(line)?.to_test(seed)?);
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
        }
        // That a run failed hides what else was found, and that one can't be told hides that another
        // is wrong, as Maelstrom has it (page "CLI", section 1).
        worst = std::cmp::max_by_key(worst, exit, |exit| exit.code());
        interrupted = run.record.was_interrupted();
    }
    say(&table.to_string());
    Ok(worst)
}
