//! State shared by all parts of one run.

use std::cell::Cell;
use std::rc::Rc;

use mael::NodeId;

use super::connection::{Connection, UnexpectedReplies};
use super::network::Network;
use super::recorder::Recorder;
use super::workload::Workload;
use crate::Options;

/// State shared by the clients, nodes and faults of one run.
pub(super) struct Context {
    pub(super) options: Rc<Options>,
    pub(super) workload: Rc<dyn Workload>,
    pub(super) network: Rc<Network>,
    pub(super) recorder: Rc<Recorder>,
    /// Counts of messages that no client was waiting for.
    pub(super) unexpected_replies: Rc<Cell<UnexpectedReplies>>,
}

impl Context {
    /// Connects a new client to a node.
    pub(super) fn connect(&self, node: &NodeId) -> Connection {
        Connection::open(&self.network, node, &self.unexpected_replies)
    }
}
