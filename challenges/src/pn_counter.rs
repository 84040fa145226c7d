//! PN-counter, a state-based CRDT: each node owns two slots, one for increments and one for
//! decrements.
//!
//! How it works: both slots of a node only grow, and a read returns the difference of their sums.
//! Every 200 ms, each node sends the slots that it has to all others, which merge them into theirs
//! ([`Gossip`]).
//!
//! Why it is correct: it consists of two grow-only counters, each merged by taking the larger value
//! of each slot, as in [`g_counter`](crate::g_counter) (Shapiro et al., "A comprehensive study of
//! Convergent and Commutative Replicated Data Types", 2011, section 3.1.3).
//!
//! Cost: n (n - 1) messages of type `gossip` per round, and none per operation.
//!
//! Limitations: a read may not include additions on other nodes before a round of gossip, and
//! additions are lost if their node loses its memory before one.

use mael::prelude::*;

/// A node with two slots of the counter.
#[node]
pub struct PnCounter {
    id: NodeId,
    slots: Gossip<BTreeMap<NodeId, Slots>>,
}

/// The increments and the decrements of a node.
type Slots = (Max<i64>, Max<i64>);

#[handlers]
impl PnCounter {
    /// Adds `delta` to one of this node's slots.
    #[handler(type = "add")]
    fn add(&self, delta: i64) {
        let mut slots = self.slots.borrow_mut();
        let (increments, decrements) = slots.entry(self.id.clone()).or_default();
        increments.0 += delta.max(0);
        decrements.0 -= delta.min(0);
    }

    /// Returns the sum of all increments minus that of all decrements.
    #[handler(type = "read", reply = "value")]
    fn read(&self) -> i64 {
        let slots = self.slots.borrow();
        slots
            .values()
            .map(|(increments, decrements)| increments.0 - decrements.0)
            .sum()
    }
}
