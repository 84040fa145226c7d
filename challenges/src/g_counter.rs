//! G-counter, as a stateful CRDT: each node owns one slot; merge takes the larger value of each.
//!
//! How it works: an addition raises the node's own slot, and a read is the sum of all slots known
//! here. Every 200 ms each node tells its slots to all others, which merge them into theirs
//! ([`Gossip`]).
//!
//! Why it is right: a slot only grows, and only its owner raises it, so that the larger of two
//! values is the newer one. Merging is commutative, associative and idempotent; it does not matter
//! how often, how late or in which order slots arrive. Once every node has heard from every other
//! after the last addition, all sums are the same (Shapiro et al., "A comprehensive study of
//! Convergent and Commutative Replicated Data Types", 2011, section 3.1.1).
//!
//! What it costs: n (n - 1) messages of type `gossip` per round, and none per operation.
//!
//! What it does not promise: that a read sees additions elsewhere before a round of gossip; that
//! additions survive the loss of their node's memory.

use mael::prelude::*;

/// A node that counts.
#[node]
pub struct GCounter {
    id: NodeId,
    slots: Gossip<BTreeMap<NodeId, Max<u64>>>,
}

#[handlers]
impl GCounter {
    /// Adds `delta` to this node's slot.
    #[handler(type = "add")]
    fn add(&self, delta: u64) {
        let mut slots = self.slots.borrow_mut();
        slots.entry(self.id.clone()).or_default().0 += delta;
    }

    /// The sum over all slots.
    #[handler(type = "read", reply = "value")]
    fn read(&self) -> u64 {
        self.slots.borrow().values().map(|slot| slot.0).sum()
    }
}
