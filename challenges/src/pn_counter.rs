//! PN-counter, as a stateful CRDT: a slot per node for what was added, and one for what was taken
//! away.
//!
//! How it works: each node owns two numbers that only grow, and a read is the difference of their
//! sums. Every node tells all numbers that it knows to all others again and again.
//!
//! Why it is right: it is two grow-only counters, each merged by taking the larger value of each
//! slot, as in [`g_counter`](crate::g_counter) (Shapiro et al., "A comprehensive study of
//! Convergent and Commutative Replicated Data Types", 2011, section 3.1.3).
//!
//! What it costs: n (n - 1) messages per round of gossip, and none per operation.
//!
//! What it does not promise: that a read sees additions elsewhere before a round of gossip; that
//! additions survive the loss of their node's memory.

use mael::clap;
use mael::prelude::*;

/// A node that counts up and down.
#[node]
pub struct PnCounter {
    id: NodeId,
    peers: Peers<PnCounter>,
    flags: Flags<Options>,
    slots: RefCell<BTreeMap<NodeId, (i64, i64)>>,
}

/// A counter that goes up and down.
#[derive(clap::Parser)]
pub struct Options {
    /// Milliseconds between two rounds of gossip.
    #[arg(long, default_value_t = 200)]
    gossip_ms: u64,
}

#[handlers]
impl PnCounter {
    /// Adds `delta` to one of this node's slots.
    #[handler(type = "add")]
    fn add(&self, delta: i64) {
        let mut slots = self.slots.borrow_mut();
        let (added, taken) = slots.entry(self.id.clone()).or_default();
        *added += delta.max(0);
        *taken -= delta.min(0);
    }

    /// The difference of the sums over all slots.
    #[handler(type = "read", reply = "value")]
    fn read(&self) -> i64 {
        let slots = self.slots.borrow();
        slots.values().map(|(added, taken)| added - taken).sum()
    }

    /// A peer's slots, merged into ours.
    #[handler(type = "merge")]
    fn merge(&self, slots: BTreeMap<NodeId, (i64, i64)>) {
        let mut ours = self.slots.borrow_mut();
        for (node, (added, taken)) in slots {
            let slot = ours.entry(node).or_default();
            *slot = (added.max(slot.0), taken.max(slot.1));
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
