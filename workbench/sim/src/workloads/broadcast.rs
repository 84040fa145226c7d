//! Broadcast: clients send messages to nodes, which forward them until every node has every
//! message.
//!
//! Source: page "Workloads", section 4.

use std::collections::BTreeMap;

use mael_checkers::{Coverage, Verdict, set_full};
use mael_history::History;

use super::elements::{Elements, or_empty};
use crate::declared::Source;
use crate::{Options, operations, workload};

/// Clients send messages to nodes, which propagate them until every node has every message. Before
/// the first operation, each node receives the topology selected by `--topology`; it may ignore the
/// topology and send to any node. Messages are integers, and each is sent only once.
#[workload]
pub struct Broadcast;

#[operations]
impl Broadcast {
    /// Sends the topology to a node before the first operation. The node must reply, but may ignore
    /// the topology.
    #[operation(setup)]
    fn topology(&self, #[draw(neighbours)] topology: BTreeMap<String, Vec<String>>);

    /// Sends a message to a node, which must propagate it to all other nodes.
    #[operation]
    fn broadcast(&self, #[draw(unique)] message: u64);

    /// Requests all messages that a node has received, in any order.
    #[operation(reply = "messages", record = or_empty, read_only, finally)]
    fn read(&self) -> Elements;

    #[check]
    fn lost(&self, _: &Options, history: &History) -> Verdict {
        set_full::check(history, "broadcast")
    }

    #[coverage]
    fn coverage(&self, history: &History) -> Coverage {
        set_full::coverage(history, "broadcast")
    }
}

fn neighbours(source: &mut Source<'_>) -> BTreeMap<String, Vec<String>> {
    let options = source.options();
    options.topology.neighbours(&options.nodes)
}
