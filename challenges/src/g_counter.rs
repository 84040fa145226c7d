//! G-counter, a state-based CRDT: each node owns one slot; merge takes the larger value of each
//! slot.
//!
//! How it works: an addition increases the node's own slot, and a read returns the sum of the slots
//! that the node has. Every 200 ms, each node sends its slots to all others, which merge them into
//! theirs ([`Gossip`]).
//!
//! Why it is correct: a slot only grows, and only its owner changes it, so the larger of two values
//! is the newer one. Merging is commutative, associative and idempotent, so it does not matter how
//! often, how late or in which order slots arrive. Once every node has received the slots of every
//! other node after the last addition, all sums are the same (Shapiro et al., "A comprehensive
//! study of Convergent and Commutative Replicated Data Types", 2011, section 3.1.1).
//!
//! Cost: n (n - 1) messages of type `gossip` per round, and none per operation.
//!
//! Limitations: a read may not include additions on other nodes before a round of gossip, and
//! additions are lost if their node loses its memory before one.

use mael::prelude::*;

/// A node with one slot of the counter.
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

    /// Returns the sum of all slots.
    #[handler(type = "read", reply = "value")]
    fn read(&self) -> u64 {
        self.slots.borrow().values().map(|slot| slot.0).sum()
    }
}
