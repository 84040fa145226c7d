//! Broadcast, immediate: forward on receipt, and repeat until it is acknowledged.
//!
//! How it works: the node that a client tells a message tells it to all other nodes at once, each
//! node being the root of a tree of its own with all others as its children. With
//! `--overlay topology` a message goes to the neighbours that the bench names, and from each to its
//! own.
//!
//! Why it is right: a message is told again until it is acknowledged, which happens once the other
//! node has it. So every node has it in the end if every partition heals. To be told twice is
//! harmless: the messages are a set, and only what is new is passed on.
//!
//! What it costs: n - 1 messages and as many acknowledgements per broadcast, one hop; none per
//! read. With `--overlay topology`, two for each link that a message takes; where there are
//! cycles, some take it in both directions.
//!
//! What it does not promise: that messages survive the loss of a node's memory.

use mael::clap;
use mael::prelude::*;

/// A node that passes messages on.
#[node]
pub struct Broadcast {
    peers: Peers<Broadcast>,
    flags: Flags<Options>,
    messages: RefCell<BTreeSet<u64>>,
}

/// Broadcast, with retries until it is acknowledged.
#[derive(clap::Parser)]
pub struct Options {
    /// The way that messages take from the first node to all.
    #[arg(long, value_enum, default_value_t)]
    overlay: Overlay,
}

#[handlers]
impl Broadcast {
    /// A message of a client or of another node, passed on if it is new.
    #[handler(type = "broadcast")]
    fn broadcast(&self, message: u64, #[src] from: NodeId) {
        if self.messages.borrow_mut().insert(message) {
            for peer in self.peers.onward(self.flags.overlay, &from) {
                peer.broadcast(message).retry().detach();
            }
        }
    }

    /// All messages that have come here.
    #[handler(type = "read", reply = "messages")]
    fn read(&self) -> BTreeSet<u64> {
        self.messages.borrow().clone()
    }
}
