//! `mael glomers`: the official Gossip Glomers tests, against the challenges of this workspace.

use clap::Args;
use mael_sim::Exit;
use mael_sim::command::TestArgs;
use mael_sim::command::args::{Strict, whole_seconds};
use mael_sim::glomers::LINES;

use super::lines::{only, run_lines};

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

    #[command(flatten)]
    strict: Strict,
}

pub(super) fn main(arguments: &Arguments) -> anyhow::Result<Exit> {
    let lines = only(LINES, &arguments.only, "challenge")?;
    let seed = arguments.seed.unwrap_or_else(|| fastrand::u64(..));
    run_lines(&lines, seed, |line| {
        let mut flags = TestArgs::of_line(line.flags)?;
        let limit = arguments.time_limit.unwrap_or(flags.time_limit);
        flags.time_limit = flags.time_limit.min(limit);
        flags.strict = arguments.strict;
        Ok(flags)
    })
}
