//! G-set, as a stateful CRDT: a set that only grows; merge is union.
//!
//! How it works: an element that a client adds is put into the node's own set. Every 200 ms
//! each node tells its set to all others, which unite it with theirs ([`Gossip`]).
//!
//! Why it is right: union is commutative, associative and idempotent; it does not matter how
//! often, how late or in which order sets arrive. Once every node has heard from every other after
//! the last addition, all sets are the same (Shapiro et al., "A comprehensive study of Convergent
//! and Commutative Replicated Data Types", 2011, section 3.3.1).
//!
//! What it costs: n (n - 1) messages of type `gossip` per round, each with a whole set, and none per
//! operation.
//!
//! What it does not promise: that a read sees additions elsewhere before a round of gossip; that
//! additions survive the loss of their node's memory.

use mael::prelude::*;

/// A node with a set.
#[node]
pub struct GSet {
    elements: Gossip<BTreeSet<i64>>,
}

#[handlers]
impl GSet {
    /// Adds an element.
    #[handler(type = "add")]
    fn add(&self, element: i64) {
        self.elements.borrow_mut().insert(element);
    }

    /// All elements that are known here.
    #[handler(type = "read", reply = "value")]
    fn read(&self) -> BTreeSet<i64> {
        self.elements.borrow().clone()
    }
}
