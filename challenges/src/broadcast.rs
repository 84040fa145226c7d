//! Broadcast: forwards each message on receipt, and retries until it is acknowledged.
//!
//! How it works: the node that receives a message from a client sends it to all other nodes. With
//! `--overlay topology`, each node sends new messages to its neighbours in Maelstrom's `topology`
//! message.
//!
//! Why it is correct: a node sends a message again until it is acknowledged, which means that the
//! other node has it. So all nodes receive all messages once partitions heal. Duplicates are
//! harmless: the messages are a set, and only new messages are forwarded.
//!
//! Cost: n - 1 messages and as many acknowledgements per broadcast, in one hop; none per read. With
//! `--overlay topology`, two for each link that a message crosses; in a topology with cycles it can
//! cross some links in both directions.
//!
//! Limitations: messages are lost when all nodes that have received them lose their memory.

use mael::clap::{self, ValueEnum};
use mael::prelude::*;

/// A node that forwards messages to other nodes.
#[node]
pub struct Broadcast {
    nodes: Nodes,
    peers: Peers<Broadcast>,
    flags: Flags<Options>,
    messages: RefCell<BTreeSet<u64>>,
}

/// Broadcast with retries until messages are acknowledged.
#[derive(clap::Parser)]
pub struct Options {
    /// Which nodes forward a message to which others
    #[arg(long, value_enum, default_value_t)]
    overlay: Overlay,
}

/// Which nodes forward a message to which others.
#[derive(Clone, Copy, Default, ValueEnum)]
pub enum Overlay {
    /// From the node that received it from a client to all others
    #[default]
    Star,
    /// From each node to its neighbours in the `topology` message
    Topology,
}

#[handlers]
impl Broadcast {
    /// Stores a message from a client or another node, and forwards it if it is new.
    #[handler(type = "broadcast")]
    fn broadcast(&self, message: u64, #[src] from: NodeId) {
        if self.messages.borrow_mut().insert(message) {
            for peer in self.next_hops(&from) {
                peer.broadcast(message).retry().detach();
            }
        }
    }

    /// Returns all messages received so far.
    #[handler(type = "read", reply = "messages")]
    fn read(&self) -> BTreeSet<u64> {
        self.messages.borrow().clone()
    }
}

impl Broadcast {
    /// Returns the nodes to which this one forwards a message that it received from `from`.
    fn next_hops(&self, from: &NodeId) -> Vec<BroadcastClient> {
        let mut next = match self.flags.overlay {
            // A message from another node was sent to all nodes by that node.
            Overlay::Star if self.nodes.contains(from) => Vec::new(),
            Overlay::Star => self.peers.iter().collect(),
            Overlay::Topology => self.peers.neighbours(),
        };
        next.retain(|peer| peer.id() != from);
        next
    }
}
