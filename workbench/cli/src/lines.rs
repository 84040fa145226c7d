//! Runs tests of several binaries of this workspace, and prints a table of their results.

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

/// Returns the lines whose challenges `--only` names; all if it is empty.
///
/// # Errors
/// Returns an error if there is no such challenge; `what` is the noun in the error.
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

/// Returns the default options with a random seed.
pub(super) fn with_random_seed() -> Options {
    Options {
        seed: fastrand::u64(..),
        ..Options::default()
    }
}

/// Builds the binaries in release mode, runs the tests with these flags, and prints the table. A
/// run that misses a mark of its challenge counts as invalid. An interrupt ends the current run,
/// and later runs are not started.
pub(super) fn run_lines(
    lines: &[&Line],
    options_of: impl Fn(&Line) -> anyhow::Result<Options>,
) -> anyhow::Result<Exit> {
    let tests = lines.iter().map(|line| {
        let options = for_processes(options_of(line)?)?;
        let workload = workloads::by_name(line.workload).map_err(bad)?;
        workload.validate(&options).map_err(bad)?;
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
                run.report();
            }
            for mark in missed {
                let Line { challenge, bin, .. } = line;
                print(&format!(
                    "{challenge} {bin} misses a mark of its challenge: {mark}"
                ));
            }
            // The highest exit status wins, as in Maelstrom: a failed run hides other results, and
            // an unknown one hides an invalid one (page "CLI", section 1).
            std::cmp::max_by_key(*so_far, exit, |exit| exit.code())
        });
    }
    print(&table.to_string());
    worst
}
