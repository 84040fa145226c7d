//! What comes of a run.

use std::collections::BTreeMap;
use std::fmt;

use mael::time::Duration;
use mael_history::{History, NetStats};

use super::connection::Unawaited;
use super::hint::Hints;
use super::host::NodeFailure;
use super::panics::Panics;
use super::recorder::Phase;
use super::script::Script;
use super::services::Unserved;
use crate::judge::Results;

/// What was recorded of a run.
#[derive(Debug, Default)]
pub struct Record {
    /// The operations.
    pub history: History,
    /// When the times of operations count from, since the run began: when all nodes were
    /// initialised, or the very begin if one was to die before.
    pub origin: Duration,
    /// When the main phase began, since the run began.
    pub main: Duration,
    /// What was done to the nodes.
    pub script: Script,
    /// How many steps each node took in each phase, if it was not started anew in it and its host
    /// can count them.
    pub steps: BTreeMap<Phase, BTreeMap<String, u64>>,
    /// The messages.
    pub net: NetStats,
    /// Messages to clients that nobody waited for.
    pub unawaited: Unawaited,
    /// Requests that no service understood.
    pub unserved: Unserved,
    /// What nodes did that explains requests without a usable reply, or that Maelstrom does not
    /// forgive.
    pub hints: Hints,
    /// Panics of the nodes, and errors of other languages that nothing caught.
    pub panics: Panics,
    /// Why the run could not be brought to its end.
    pub broken: Option<Broken>,
    /// How long the run took.
    pub took: Duration,
}

impl Record {
    /// Whether someone asked for the run to end.
    pub fn was_interrupted(&self) -> bool {
        self.broken == Some(Broken::Interrupted)
    }

    /// What checkers say of this record, and that the run was broken off if it was.
    pub fn judged(&self, results: &Results) -> Results {
        match &self.broken {
            Some(broken) => results.broken_off(&broken.to_string()),
            None => results.clone(),
        }
    }
}

/// Why a run could not be brought to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broken {
    /// A node died, or did not do as it must.
    Node(NodeFailure),
    /// Typed bodies and bytes made two runs of it: how they differ.
    Encoding(String),
    /// Someone asked for the run to end.
    Interrupted,
    /// What was recorded could not be written.
    Store(String),
    /// Virtual time could not move on.
    Stuck(String),
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node(failure) => write!(f, "node {} failed: {}", failure.node, failure.what),
            Self::Encoding(divergence) => {
                write!(
                    f,
                    "the run is another one if all bodies travel as bytes: {divergence}"
                )
            }
            Self::Interrupted => f.write_str("the run was interrupted"),
            Self::Store(error) => write!(f, "the run can't be stored: {error}"),
            Self::Stuck(reason) => f.write_str(reason),
        }
    }
}
