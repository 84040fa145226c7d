//! A grow-only counter: one slot for each node; merging takes the larger value of each slot.

use mael::clap;
use mael::prelude::*;

#[node]
struct GCounter {
    id: NodeId,                            // this node's ID, from `init`
    peers: Peers<GCounter>,                // clients of the other nodes
    flags: Flags<Options>,                 // the program's own flags
    slots: RefCell<BTreeMap<NodeId, u64>>, // starts with its `Default`: empty
}

/// A grow-only counter.
#[derive(clap::Parser)]
struct Options {
    /// Milliseconds between two rounds of gossip
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

    /// Returns the sum of all slots.
    #[handler(type = "read", reply = "value")]
    fn read(&self) -> u64 {
        self.slots.borrow().values().sum()
    }

    /// Merges another node's slots into this node's.
    #[handler(type = "merge")]
    fn merge(&self, slots: BTreeMap<NodeId, u64>) {
        let mut ours = self.slots.borrow_mut();
        for (node, value) in slots {
            let slot = ours.entry(node).or_default();
            *slot = value.max(*slot);
        }
    }

    /// Sends the slots to all other nodes, without retries, since the next round repeats it.
    #[every(ms = self.flags.gossip_ms)]
    fn gossip(&self) {
        for peer in &self.peers {
            peer.merge(self.slots.borrow().clone()).send();
        }
    }
}

fn main() -> ExitCode {
    mael::run::<GCounter>()
}

#[test]
fn it_passes_its_workload() {
    use mael_sim::simulation::secs;

    let simulation = mael_sim::simulate::<GCounter>(mael_sim::workloads::GCounter);
    let simulation = simulation.nodes(3).rate(50.0).time_limit(secs(5));
    simulation
        .nemesis([mael_sim::Fault::Partition])
        .seeds(0..10)
        .check();
}
