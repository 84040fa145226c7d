//! `mael glomers`: the official Gossip Glomers tests, against the challenges of this workspace.

use clap::Args;

use super::args::{bad, whole_seconds};
use super::lines::run_lines;
use super::{Exit, TestArgs};
use crate::glomers::{LINES, Line};

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
    let seed = arguments.seed.unwrap_or_else(|| fastrand::u64(..));
    run_lines(&lines, seed, |line| {
        let mut flags = TestArgs::of_line(line.flags)?;
        let limit = arguments.time_limit.unwrap_or(flags.time_limit);
        flags.time_limit = flags.time_limit.min(limit);
        Ok(flags)
    })
}
