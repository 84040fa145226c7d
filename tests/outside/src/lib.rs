//! A guestbook on many nodes: who signs it on one of them is read on all.

use mael::clap;
use mael::prelude::*;

/// A set of names (numbers, as the workload has them), to which each node adds what the others have.
#[node]
pub struct Guestbook {
    peers: Peers<Guestbook>,
    flags: Flags<Options>,
    names: RefCell<BTreeSet<u64>>,
}

/// The flags of the program.
#[derive(clap::Parser)]
pub struct Options {
    /// Milliseconds between two rounds of gossip.
    #[arg(long, default_value_t = 200)]
    gossip_ms: u64,
}

#[handlers]
impl Guestbook {
    /// Somebody signs.
    #[handler(type = "add")]
    fn add(&self, element: u64) {
        self.names.borrow_mut().insert(element);
    }

    /// All who have signed, as far as this node has heard.
    #[handler(type = "read", reply = "value")]
    fn read(&self) -> BTreeSet<u64> {
        self.names.borrow().clone()
    }

    /// What a peer has.
    #[handler(oneway)]
    fn merge(&self, names: BTreeSet<u64>) {
        self.names.borrow_mut().extend(names);
    }

    /// Gossip, unacknowledged: the next round repeats it.
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
    fn nobody_is_forgotten() {
        simulation().seeds(0..20).check();
    }

    #[test]
    #[should_panic(expected = "seed 0 fails: lost")]
    fn who_never_gossips_is_found_out() {
        let never = ["--gossip-ms", "1000000"];
        simulation().args(never).seeds(0..20).check();
    }
}
