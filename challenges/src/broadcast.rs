//! Broadcast, immediate: forward on receipt, and retry until it is acknowledged.
//!
//! How it works: the node to which a client broadcasts a message sends it to all other nodes at
//! once, each node being the root of a tree of its own with all others as its children. With
//! `--overlay topology` a message is sent to the neighbours that Maelstrom's `topology` message
//! names, and from each to its own.
//!
//! Why it is right: a message is sent again until it is acknowledged, which happens once the other
//! node has it. So every node has it in the end if every partition heals. Receiving one twice is
//! harmless: the messages are a set, and only what is new is forwarded.
//!
//! What it costs: n - 1 messages and as many acknowledgements per broadcast, one hop; none per
//! read. With `--overlay topology`, two for each link that a message takes; where there are
//! cycles, some take it in both directions.
//!
//! What it does not promise: that messages survive the loss of a node's memory.

use mael::clap::{self, ValueEnum};
use mael::prelude::*;

/// A node that forwards messages.
#[node]
pub struct Broadcast {
    nodes: Nodes,
    peers: Peers<Broadcast>,
    flags: Flags<Options>,
    messages: RefCell<BTreeSet<u64>>,
}

/// Broadcast, with retries until it is acknowledged.
#[derive(clap::Parser)]
pub struct Options {
    /// The path of a message from its first node to all others.
    #[arg(long, value_enum, default_value_t)]
    overlay: Overlay,
}

/// The path of a message from its first node to all others.
#[derive(Clone, Copy, Default, ValueEnum)]
pub enum Overlay {
    /// From the first node to all others: one hop.
    #[default]
    Star,
    /// From each node to its neighbours, as the `topology` message names them.
    Topology,
}

#[handlers]
impl Broadcast {
    /// A message from a client or from another node, forwarded if it is new.
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
    /// The nodes to which this one forwards a message from `from`, which has it already.
    fn next_hops(&self, from: &NodeId) -> Vec<BroadcastClient> {
        let mut next = match self.flags.overlay {
            // Another node sends a message in a star only as its first node, and to all others.
            Overlay::Star if self.nodes.contains(from) => Vec::new(),
            Overlay::Star => self.peers.iter().collect(),
            Overlay::Topology => self.peers.neighbours(),
        };
        next.retain(|peer| peer.id() != from);
        next
    }
}
