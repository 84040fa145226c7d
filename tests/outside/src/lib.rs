//! A replicated guestbook: a signature on one node can be read on all.

use mael::clap;
use mael::prelude::*;

/// A replicated set of names (numbers in this workload), which the nodes gossip.
#[node]
pub struct Guestbook {
    peers: Peers<Guestbook>,
    flags: Flags<Options>,
    names: RefCell<BTreeSet<u64>>,
}

/// The flags of the program.
#[derive(clap::Parser)]
pub struct Options {
    /// Interval between two rounds of gossip, in milliseconds.
    #[arg(long, default_value_t = 200)]
    gossip_ms: u64,
}

#[handlers]
impl Guestbook {
    /// Adds a signature.
    #[handler(type = "add")]
    fn add(&self, element: u64) {
        self.names.borrow_mut().insert(element);
    }

    /// Returns all signatures that this node has received.
    #[handler(type = "read", reply = "value")]
    fn read(&self) -> BTreeSet<u64> {
        self.names.borrow().clone()
    }

    /// Merges the signatures of a peer.
    #[handler(oneway)]
    fn merge(&self, names: BTreeSet<u64>) {
        self.names.borrow_mut().extend(names);
    }

    /// Sends all signatures to the peers, unacknowledged: the next round sends them again.
    #[every(ms = self.flags.gossip_ms)]
    fn gossip(&self) {
        for peer in &self.peers {
            peer.merge(self.names.borrow().clone()).send();
        }
    }
}

#[cfg(test)]
mod tests {
    use mael_sim::simulation::{Simulation, ms, secs};
    use mael_sim::{Fault, simulate, workloads};

    use super::Guestbook;

    fn simulation() -> Simulation<Guestbook> {
        simulate::<Guestbook>(workloads::GSet)
            .nodes(3)
            .rate(20.0)
            .time_limit(secs(5))
            .latency(ms(50))
            .loss(0.1)
            .nemesis([Fault::Partition, Fault::Pause])
            .nemesis_interval(secs(1))
    }

    #[test]
    fn no_signature_is_lost() {
        simulation().seeds(0..20).check();
    }

    #[test]
    #[should_panic(expected = "seed 0 fails: lost")]
    fn a_node_that_never_gossips_fails_the_check() {
        let never = ["--gossip-ms", "1000000"];
        simulation().args(never).seeds(0..20).check();
    }
}
