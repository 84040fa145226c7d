//! A simple right node for each workload, and what it does when it is told to go wrong.
//!
//! The nodes keep their state in one place: with one node, in `lin-kv` where they must bear to be
//! killed, or on all nodes where it is a set. `--bug NAME` plants a bug. The nodes are what the
//! checkers are measured by: none may be found wrong without a bug, and each bug must be found.

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
    /// The node to run, where one program has them all.
    node: Option<String>,
    /// What the node does wrong.
    #[arg(long, value_enum)]
    bug: Option<B>,
}

impl<B: ValueEnum + PartialEq + Send + Sync + 'static> Options<B> {
    /// Whether the node has this bug.
    pub fn has(&self, bug: B) -> bool {
        self.bug == Some(bug)
    }

    /// Whether the node has this bug, which shows only once in a while, and shows now.
    fn now_has(&self, bug: B) -> bool {
        self.has(bug) && random::range(0..5) == 0
    }
}
