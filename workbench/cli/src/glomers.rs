//! `mael glomers`: runs the official Gossip Glomers tests against the challenges of this workspace.

use clap::Args;
use mael_sim::Exit;
use mael_sim::command::bad;
use mael_sim::glomers::LINES;
use mael_sim::options::{Fields, Given};

use super::lines::{only, run_lines, with_random_seed};

#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Run only these challenges, such as 2 or 1,3b
    #[arg(long, value_name = "CHALLENGES", value_delimiter = ',')]
    only: Vec<String>,

    #[command(flatten)]
    options: Given<Overrides>,
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
    let lines = only(LINES, &arguments.only, "challenge")?;
    let defaults = with_random_seed();
    run_lines(&lines, |line| {
        let official: Given = Given::parse(line.flags.split_whitespace())?;
        let official = official.over(&defaults).map_err(bad)?;
        let mut options = arguments.options.over(&official).map_err(bad)?;
        // The time limit can only shorten the official test.
        options.time_limit = options.time_limit.min(official.time_limit);
        Ok(options)
    })
}
