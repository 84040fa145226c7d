//! PN-counter, as a stateful CRDT: a slot per node for what was added, and one for what was taken
//! away.
//!
//! How it works: each node owns two numbers that only grow, and a read is the difference of their
//! sums. Every 200 ms each node tells all numbers that it knows to all others, which
//! merge them into theirs ([`Gossip`]).
//!
//! Why it is right: it is two grow-only counters, each merged by taking the larger value of each
//! slot, as in [`g_counter`](crate::g_counter) (Shapiro et al., "A comprehensive study of
//! Convergent and Commutative Replicated Data Types", 2011, section 3.1.3).
//!
//! What it costs: n (n - 1) messages of type `gossip` per round, and none per operation.
//!
//! What it does not promise: that a read sees additions elsewhere before a round of gossip; that
//! additions survive the loss of their node's memory.

use mael::prelude::*;

/// A node that counts up and down.
#[node]
pub struct PnCounter {
    id: NodeId,
    slots: Gossip<BTreeMap<NodeId, Slots>>,
}

/// What was added at a node, and what was taken away.
type Slots = (Max<i64>, Max<i64>);

#[handlers]
impl PnCounter {
    /// Adds `delta` to one of this node's slots.
    #[handler(type = "add")]
    fn add(&self, delta: i64) {
        let mut slots = self.slots.borrow_mut();
        let (added, taken) = slots.entry(self.id.clone()).or_default();
        added.0 += delta.max(0);
        taken.0 -= delta.min(0);
    }

    /// The difference of the sums over all slots.
    #[handler(type = "read", reply = "value")]
    fn read(&self) -> i64 {
        let slots = self.slots.borrow();
        slots.values().map(|(added, taken)| added.0 - taken.0).sum()
    }
}
