//! The arguments of a simulator.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Parser;

use crate::command::command_line::SWARM;
use crate::options::{Given, Options};
use crate::simulation::secs;

/// Simulates a test in virtual time: nodes, network and clients run in this process, and one seed
/// determines the run.
#[derive(Parser)]
pub(super) struct Arguments {
    /// The node
    #[arg(index = 1)]
    pub(super) name: String,

    #[command(flatten)]
    pub(super) options: Given,

    /// The number of seeds to run, starting at --seed, each for 5 s at rate 50 with an action of
    /// the nemesis every second, unless --time-limit, --rate or --nemesis-interval are given
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) seeds: Option<u64>,

    /// The number of seeds that run at the same time [default: the number of cores]
    #[arg(long, value_name = "COUNT")]
    pub(super) threads: Option<NonZeroUsize>,

    /// Let each seed choose the faults, each with probability one half: those of --nemesis
    /// (default: partition and pause) and --adversary (default: all); partitions at
    /// --partition-interval or --nemesis-interval (without --nemesis, also at a twentieth of it);
    /// kills at --kill-at or at events; --loss, --reorder, --clock-drift, --latency and
    /// --start-spread up to their values (defaults: 0.1, 0.3, 0.1, 100 in any distribution, and
    /// 500); and --duplicate if it is given. A failure prints the chosen faults
    #[arg(long)]
    pub(super) swarm: bool,

    /// Report a failing run without shrinking it to a minimal trace
    #[arg(long)]
    pub(super) no_shrink: bool,

    /// Replay the run in this file, which is the replay.json of a failed run; other flags override
    /// its options
    #[arg(long, value_name = "FILE", conflicts_with_all = ["seeds", "swarm"])]
    pub(super) replay: Option<PathBuf>,

    /// Run once for each step of each node, from its start to the end of the run, and kill the node
    /// at this step; for small tests, such as --rate 5 --time-limit 1 --recovery 1
    #[arg(long, conflicts_with_all = ["seeds", "replay", "digest", "exhaustive_drops"])]
    pub(super) exhaustive_kills: bool,

    /// Run once for each message between servers, and drop this message
    #[arg(long, conflicts_with_all = ["seeds", "replay", "digest"])]
    pub(super) exhaustive_drops: bool,

    /// Run each seed a second time with all bodies encoded as bytes, and check that both runs are
    /// equal
    #[arg(long)]
    pub(super) encoded: bool,

    /// Allow panics in handlers, methods marked #[init] or #[every], tasks and destructors
    #[arg(long)]
    pub(super) allow_panics: bool,

    /// Store the run without pictures and without report.html; runs of many seeds have none
    #[arg(long)]
    pub(super) no_pictures: bool,

    /// Print a digest of each run's journal and history, to compare runs
    #[arg(long)]
    pub(super) digest: bool,

    /// Arguments for the node
    #[arg(index = 2, value_name = "ARGS", last = true)]
    pub(super) args: Vec<OsString>,
}

impl Arguments {
    /// Returns the flags that affect a run but are not options of the test.
    pub(super) fn switches(&self) -> Vec<&'static str> {
        [
            (SWARM, self.swarm),
            ("--no-shrink", self.no_shrink),
            ("--encoded", self.encoded),
            ("--allow-panics", self.allow_panics),
        ]
        .into_iter()
        .filter_map(|(flag, is_given)| is_given.then_some(flag))
        .collect()
    }
}

/// Returns the default options of a test. Runs of many seeds are shorter and have a higher rate.
pub(super) fn defaults(of_many_seeds: bool) -> Options {
    let options = Options::default();
    if !of_many_seeds {
        return options;
    }
    Options {
        time_limit: secs(5),
        rate: 50.0,
        nemesis_interval: secs(1),
        ..options
    }
}
