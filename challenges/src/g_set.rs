//! G-set, a state-based CRDT: a set that only grows; merge is union.
//!
//! How it works: a node inserts the elements that its clients add into its own set. Every 200 ms,
//! each node sends its set to all others, which insert its elements into theirs ([`Gossip`]).
//!
//! Why it is correct: union is commutative, associative and idempotent, so it does not matter how
//! often, how late or in which order sets arrive. Once every node has received the set of every
//! other node after the last addition, all sets are the same (Shapiro et al., "A comprehensive
//! study of Convergent and Commutative Replicated Data Types", 2011, section 3.3.1).
//!
//! Cost: n (n - 1) messages of type `gossip` per round, each with a whole set, and none per
//! operation.
//!
//! Limitations: a read may not include additions on other nodes before a round of gossip, and
//! additions are lost if their node loses its memory before one.

use mael::prelude::*;

/// A node with a copy of the set.
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

    /// Returns the elements that this node has.
    #[handler(type = "read", reply = "value")]
    fn read(&self) -> BTreeSet<i64> {
        self.elements.borrow().clone()
    }
}
