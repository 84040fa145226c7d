//! A simple correct node for each workload, and its bugs, which a flag enables.
//!
//! Nodes that must survive kills store their state in `lin-kv`; sets are replicated to all nodes.
//! `--bug NAME` enables a bug. The nodes test the checkers: a node without a bug must pass, and
//! each bug must be found.

pub mod broadcast;
pub mod counter;
pub mod echo;
pub mod flood;
pub mod g_set;
pub mod kafka;
pub mod lin_kv;
pub mod txn;
pub mod unique_ids;

use mael::clap::{self, Parser, ValueEnum};
use mael::random;

/// The flags of a node.
#[derive(Parser)]
pub struct Options<B: ValueEnum + Send + Sync + 'static> {
    /// The node to run, for the program that contains them all.
    node: Option<String>,
    /// The bug to enable.
    #[arg(long, value_enum)]
    bug: Option<B>,
}

impl<B: ValueEnum + PartialEq + Send + Sync + 'static> Options<B> {
    /// Returns true if the node has this bug.
    pub fn has(&self, bug: B) -> bool {
        self.bug == Some(bug)
    }

    /// Returns true if the node has this bug, at random in one of five calls.
    fn now_has(&self, bug: B) -> bool {
        self.has(bug) && random::range(0..5) == 0
    }
}
