//! Tests of several binaries of this workspace, one after the other, and a table of what came of them.

use std::path::Path;
use std::rc::Rc;

use mael_sim::command::bad;
use mael_sim::glomers::Line;
use mael_sim::options::Options;
use mael_sim::output::print;
use mael_sim::{Exit, workloads};

use super::cargo::{Profile, build_binaries};
use super::real_run::{Program, RealRun, for_processes};
use crate::report::ScoreTable;

/// The lines that `--only` names by their challenges; all if it names none.
///
/// # Errors
/// When there is no such challenge; `what` says what was looked for.
pub(super) fn only<'a>(
    all: &'a [Line],
    names: &[String],
    what: &str,
) -> anyhow::Result<Vec<&'a Line>> {
    let known = |name: &&String| all.iter().any(|line| line.challenge == **name);
    if let Some(unknown) = names.iter().find(|name| !known(name)) {
        let mut known: Vec<&str> = all.iter().map(|line| line.challenge).collect();
        known.dedup();
        let known = known.join(", ");
        return Err(bad(format!(
            "there is no {what} {unknown:?}; there are {known}"
        )));
    }
    let chosen = |line: &&Line| names.is_empty() || names.iter().any(|name| name == line.challenge);
    Ok(all.iter().filter(chosen).collect())
}

/// The default options, with a seed that is drawn.
pub(super) fn with_random_seed() -> Options {
    Options {
        seed: fastrand::u64(..),
        ..Options::default()
    }
}

/// Builds the binaries, optimized, runs the tests with these flags, and prints the table. A run that
/// misses a mark of its challenge counts as invalid. An interrupt ends the run that it meets, and those
/// after it are not begun.
pub(super) fn run_lines(
    lines: &[&Line],
    options_of: impl Fn(&Line) -> anyhow::Result<Options>,
) -> anyhow::Result<Exit> {
    let tests = lines.iter().map(|line| {
        let options = for_processes(options_of(line)?)?;
        let workload = workloads::by_name(line.workload).map_err(bad)?;
        workload.accepts(&options).map_err(bad)?;
        Ok((Rc::new(options), workload))
    });
    let tests: Vec<_> = tests.collect::<anyhow::Result<_>>()?;
    let names: Vec<&str> = lines.iter().map(|line| line.bin).collect();
    let programs = build_binaries(Path::new("."), &names, Profile::Release)?;

    let mut table = ScoreTable::new();
    let mut worst = Ok(Exit::Valid);
    let mut interrupted = false;
    for ((line, (test, workload)), program) in lines.iter().zip(&tests).zip(&programs) {
        let (false, Ok(so_far)) = (interrupted, &worst) else {
            table.add_not_run(line);
            continue;
        };
        let program = Program {
            path: program.clone(),
            args: line.args.iter().map(|arg| (*arg).to_owned()).collect(),
            ..Program::default()
        };
        worst = RealRun::new(test, workload, &program).map(|run| {
            table.add(line, &run.record, &run.results);
            interrupted = run.record.was_interrupted();
            let marks = line.marks.as_ref();
            let missed =
                marks.map(|marks| mael_sim::report::missed(marks, &run.record, &run.results));
            let missed = missed.unwrap_or_default();
            let exit = match run.exit() {
                Exit::Valid if !missed.is_empty() => Exit::Invalid,
                exit => exit,
            };
            if exit != Exit::Valid {
                run.tell();
            }
            for mark in missed {
                let Line { challenge, bin, .. } = line;
                print(&format!(
                    "{challenge} {bin} misses a mark of its challenge: {mark}"
                ));
            }
            // That a run failed hides what else was found, and that one can't be told hides that
            // another is wrong, as Maelstrom has it (page "CLI", section 1).
            std::cmp::max_by_key(*so_far, exit, |exit| exit.code())
        });
    }
    print(&table.to_string());
    worst
}
