//! The record of a run.

use std::collections::BTreeMap;
use std::fmt;

use mael::time::Duration;
use mael_history::{History, NetStats};

use super::connection::UnexpectedReplies;
use super::hint::Hints;
use super::host::NodeFailure;
use super::panics::Panics;
use super::phase::Phase;
use super::schedule::Schedule;
use super::services::UnhandledRequests;

/// The record of a run.
#[derive(Debug, Default)]
pub struct Record {
    /// The operations.
    pub history: History,
    /// The origin of the times of operations, since the start of the run. This is when all nodes
    /// were initialized, or the start itself if a node is killed before that.
    pub origin: Duration,
    /// The start of the main phase, since the start of the run.
    pub main: Duration,
    /// The operations and faults of the run, to replay it.
    pub schedule: Schedule,
    /// The number of steps of each node in each phase, if it was not restarted in that phase and
    /// its host can count steps.
    pub steps: BTreeMap<Phase, BTreeMap<String, u64>>,
    /// Statistics of the messages.
    pub net: NetStats,
    /// Counts of messages that no client was waiting for.
    pub unexpected_replies: UnexpectedReplies,
    /// Requests that no service handles.
    pub unhandled_requests: UnhandledRequests,
    /// Hints that explain requests without a usable reply, or make Maelstrom stop reading from a
    /// node.
    pub hints: Hints,
    /// Panics of the nodes, and uncaught errors in other languages.
    pub panics: Panics,
    /// Why the run ended early.
    pub error: Option<RunError>,
    /// The duration of the run.
    pub took: Duration,
}

impl Record {
    /// Whether the run was interrupted.
    pub fn was_interrupted(&self) -> bool {
        self.error == Some(RunError::Interrupted)
    }
}

/// Why a run ended early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunError {
    /// A node crashed, or did not answer `init` or the setup.
    Node(NodeFailure),
    /// Encoding the messages changed the run. This is the first difference.
    Encoding(String),
    /// The run was interrupted, for example by Ctrl-C.
    Interrupted,
    /// The record could not be written.
    Store(String),
    /// Virtual time could not advance.
    Stuck(String),
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node(failure) => write!(f, "node {} failed: {}", failure.node, failure.what),
            Self::Encoding(divergence) => {
                write!(f, "encoding the messages changed the run: {divergence}")
            }
            Self::Interrupted => f.write_str("the run was interrupted"),
            Self::Store(error) => write!(f, "the run can't be stored: {error}"),
            Self::Stuck(reason) => f.write_str(reason),
        }
    }
}
