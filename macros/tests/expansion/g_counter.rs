//! G-counter: each node owns one slot; merge takes the larger value of each slot.

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
    #[handler]
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
