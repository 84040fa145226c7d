//! G-counter, as a stateful CRDT: each node owns one slot; merge takes the larger value of each.
//!
//! How it works: an addition raises the node's own slot, and a read is the sum of all slots known
//! here. Every node tells its slots to all others again and again.
//!
//! Why it is right: a slot only grows, and only its owner raises it, so that the larger of two
//! values is the newer one. Merging is commutative, associative and idempotent; it does not matter
//! how often, how late or in which order slots arrive. Once every node has heard from every other
//! after the last addition, all sums are the same (Shapiro et al., "A comprehensive study of
//! Convergent and Commutative Replicated Data Types", 2011, section 3.1.1).
//!
//! What it costs: n (n - 1) messages per round of gossip, and none per operation.
//!
//! What it does not promise: that a read sees additions elsewhere before a round of gossip; that
//! additions survive the loss of their node's memory.

use mael::clap;
use mael::prelude::*;

/// A node that counts.
#[node]
pub struct GCounter {
    id: NodeId,
    peers: Peers<GCounter>,
    flags: Flags<Options>,
    slots: RefCell<BTreeMap<NodeId, u64>>,
}

/// A grow-only counter.
#[derive(clap::Parser)]
pub struct Options {
    /// Milliseconds between two rounds of gossip.
    #[arg(long, default_value_t = 200)]
    gossip_ms: u64,
}

#[handlers]
impl GCounter {
    /// Adds `delta` to this node's slot.
    #[handler(type = "add")]
    fn add(&self, delta: u64) {
        *self.slots.borrow_mut().entry(self.id.clone()).or_default() += delta;
    }

    /// The sum over all slots.
    #[handler(type = "read", reply = "value")]
    fn read(&self) -> u64 {
        self.slots.borrow().values().sum()
    }

    /// A peer's slots, merged into ours.
    #[handler(type = "merge")]
    fn merge(&self, slots: BTreeMap<NodeId, u64>) {
        let mut ours = self.slots.borrow_mut();
        for (node, value) in slots {
            let slot = ours.entry(node).or_default();
            *slot = value.max(*slot);
        }
    }

    /// Gossip, unacknowledged: the next tick repeats it.
    #[every(ms = self.flags.gossip_ms)]
    fn gossip(&self) {
        for peer in &self.peers {
            peer.merge(self.slots.borrow().clone()).send();
        }
    }
}
