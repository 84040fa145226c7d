//! G-set, as a stateful CRDT: a set that only grows; merge is union.
//!
//! How it works: an element that a client adds is put into the node's own set. Every node tells
//! its set to all others again and again.
//!
//! Why it is right: union is commutative, associative and idempotent; it does not matter how
//! often, how late or in which order sets arrive. Once every node has heard from every other after
//! the last addition, all sets are the same (Shapiro et al., "A comprehensive study of Convergent
//! and Commutative Replicated Data Types", 2011, section 3.3.1).
//!
//! What it costs: n (n - 1) messages per round of gossip, each with a whole set, and none per
//! operation.
//!
//! What it does not promise: that a read sees additions elsewhere before a round of gossip; that
//! additions survive the loss of their node's memory.

use mael::clap;
use mael::prelude::*;

/// A node with a set.
#[node]
pub struct GSet {
    peers: Peers<GSet>,
    flags: Flags<Options>,
    elements: RefCell<BTreeSet<i64>>,
}

/// A grow-only set.
#[derive(clap::Parser)]
pub struct Options {
    /// Milliseconds between two rounds of gossip.
    #[arg(long, default_value_t = 200)]
    gossip_ms: u64,
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

    /// A peer's elements, merged into ours.
    #[handler(type = "merge")]
    fn merge(&self, elements: BTreeSet<i64>) {
        self.elements.borrow_mut().extend(elements);
    }

    /// Gossip, unacknowledged: the next tick repeats it.
    #[every(ms = self.flags.gossip_ms)]
    fn gossip(&self) {
        for peer in &self.peers {
            peer.merge(self.elements.borrow().clone()).send();
        }
    }
}
