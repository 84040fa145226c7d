//! Runs several tests, and prints a table of their results.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use mael_sim::command::bad;
use mael_sim::glomers::Line;
use mael_sim::options::Options;
use mael_sim::{Exit, workloads};

use super::bin::Bin;
use super::cargo::{Profile, build_binaries};
use super::next;
use super::outputs::Outputs;
use super::real_run::{Program, RealRun, for_processes};
use crate::report::{Score, ScoredRun, table};

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

/// The programs that are tested.
pub(super) enum Programs {
    /// The binaries of the challenges, which are built in release mode.
    Challenges,
    /// The same program in each test.
    One { bin: Bin, args: Vec<String> },
}

impl Programs {
    /// Returns the program of each test.
    fn of(self, lines: &[&Line]) -> anyhow::Result<Vec<Program>> {
        let (bin, args) = match self {
            Self::One { bin, args } => (bin, args),
            Self::Challenges => {
                let names: Vec<&str> = lines.iter().map(|line| line.bin).collect();
                let paths = build_binaries(Path::new("."), &names, Profile::Release)?;
                let program = |(path, line): (PathBuf, &&Line)| Program {
                    bin: Bin::built(line.bin, path),
                    args: line.args.iter().map(|arg| (*arg).to_owned()).collect(),
                    simulator: next::simulator(line.bin, line.workload),
                    ..Program::default()
                };
                return Ok(paths.into_iter().zip(lines).map(program).collect());
            }
        };
        let program = Program {
            bin,
            args,
            ..Program::default()
        };
        Ok(vec![program; lines.len()])
    }

    /// Returns the name of a test's program.
    fn name(&self, line: &Line) -> String {
        match self {
            Self::Challenges => line.bin.to_owned(),
            Self::One { bin, .. } => bin.again(),
        }
    }
}

/// Runs the tests with these options, prints a table, and writes the outputs. On a terminal, only
/// the tests that fail are reported before the table; otherwise, each is when it ends. A run that
/// misses a mark of its challenge counts as invalid. An interrupt ends the current run, and later
/// runs are not started.
pub(super) fn run_lines(
    lines: &[&Line],
    programs: Programs,
    outputs: Outputs,
    options_of: impl Fn(&Line) -> anyhow::Result<Options>,
) -> anyhow::Result<Exit> {
    let tests = lines.iter().map(|line| {
        let options = for_processes(options_of(line)?)?;
        let workload = workloads::by_name(line.workload).map_err(bad)?;
        workload.validate(&options).map_err(bad)?;
        Ok((Rc::new(options), workload))
    });
    let tests: Vec<_> = tests.collect::<anyhow::Result<_>>()?;
    let score = |(line, (options, _)): (&&Line, &(Rc<Options>, _))| {
        let name = match &programs {
            Programs::Challenges => line.bin,
            Programs::One { .. } => line.workload,
        };
        Score::new(line, name, programs.name(line), options)
    };
    let mut scores: Vec<Score> = lines.iter().zip(&tests).map(score).collect();
    let programs = programs.of(lines)?;

    let print = outputs.printer();
    let prints_all = !std::io::stdout().is_terminal();
    let mut worst = Ok(Exit::Valid);
    let mut interrupted = false;
    let runs = lines.iter().zip(&tests).zip(&programs).zip(&mut scores);
    for (((line, (options, workload)), program), score) in runs {
        let (false, Ok(so_far)) = (interrupted, &worst) else {
            break;
        };
        worst = RealRun::new(options, workload, program, None).map(|run| {
            interrupted = run.record.was_interrupted();
            let result = score.result.insert(ScoredRun::new(line, &run));
            let exit = result.exit;
            if exit != Exit::Valid || prints_all {
                print(&score.line());
            }
            if exit != Exit::Valid {
                run.report(print);
                score.missed_marks().iter().for_each(|line| print(line));
            }
            // The highest exit status wins, as in Maelstrom: a failed run hides other results, and
            // an unknown one hides an invalid one (page "CLI", section 1).
            std::cmp::max_by_key(*so_far, exit, |exit| exit.code())
        });
    }
    print(&table(&scores));
    outputs.write(&scores)?;
    worst
}
