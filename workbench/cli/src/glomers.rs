//! `mael glomers`: runs the official Gossip Glomers tests against the challenges of this workspace,
//! or against a program in any language.

use std::path::PathBuf;

use clap::Args;
use mael_sim::Exit;
use mael_sim::command::bad;
use mael_sim::glomers::{LINES, Line};
use mael_sim::options::{Fields, Given};

use super::bin::Bin;
use super::lines::{Programs, only, run_lines, with_random_seed};
use super::outputs::Outputs;

#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Run only these challenges, such as 2 or 1,3b
    #[arg(long, value_name = "CHALLENGES", value_delimiter = ',')]
    only: Vec<String>,

    /// Test this program instead of the challenges: a path, the name of a binary of this workspace,
    /// which is built first, or a command, such as "go run .". All tests are run against it, unless
    /// --only selects some
    #[arg(long, value_name = "FILE")]
    bin: Option<String>,

    /// Write the results as JUnit XML: a test case per test, with the first explanation of a
    /// failure
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,

    /// Write the results as JSON; - is stdout, and the table is then printed to stderr. Each test
    /// has its id, workload, flags, validity, marks, and the path of its stored run
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    #[command(flatten)]
    options: Given<Overrides>,

    /// Arguments for the program
    #[arg(value_name = "ARGS", last = true, requires = "bin")]
    args: Vec<String>,
}

/// The options of official tests that can be overridden.
#[derive(Clone, Copy, Debug)]
struct Overrides;

impl Fields for Overrides {
    fn include(flag: &str) -> bool {
        ["time-limit", "seed", "strict"].contains(&flag)
    }
}

pub(super) fn main(arguments: &Arguments) -> anyhow::Result<Exit> {
    let mut lines = only(LINES, &arguments.only, "challenge")?;
    let programs = match &arguments.bin {
        None => Programs::Challenges,
        Some(bin) => {
            lines = without_repetitions(lines);
            Programs::One {
                bin: Bin::find(bin)?,
                args: arguments.args.clone(),
            }
        }
    };
    let outputs = Outputs::create(arguments.junit.as_deref(), arguments.json.as_deref())?;
    let defaults = with_random_seed();
    run_lines(&lines, programs, outputs, |line| {
        let official: Given = Given::parse(line.flags.split_whitespace())?;
        let official = official.over(&defaults).map_err(bad)?;
        let mut options = arguments.options.over(&official).map_err(bad)?;
        // The time limit can only shorten the official test.
        options.time_limit = options.time_limit.min(official.time_limit);
        Ok(options)
    })
}

/// Leaves out tests that only differ in the binary of the challenge.
fn without_repetitions(lines: Vec<&Line>) -> Vec<&Line> {
    let mut different = Vec::<&Line>::new();
    for line in lines {
        let is_same = |it: &&Line| it.challenge == line.challenge && it.flags == line.flags;
        if !different.iter().any(is_same) {
            different.push(line);
        }
    }
    different
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_program_runs_each_official_test_once() {
        let lines = without_repetitions(LINES.iter().collect());
        let challenges: Vec<&str> = lines.iter().map(|line| line.challenge).collect();
        let expected = "1 2 3a 3b 3c 3d 3e 4 5a 5b 5c 6a 6b 6b 6c";
        assert_eq!(challenges.join(" "), expected);
    }
}
