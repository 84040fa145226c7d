//! Broadcasts messages to all nodes.

use mael::prelude::*;

#[node]
struct Broadcast {
    peers: Peers<Broadcast>,
    messages: RefCell<BTreeSet<u64>>,
}

#[handlers]
impl Broadcast {
    /// Stores a client's message, and sends it to all other nodes.
    #[handler(type = "broadcast")]
    fn broadcast(&self, message: u64) {
        if self.messages.borrow_mut().insert(message) {
            for peer in &self.peers {
                peer.receive(message).retry().detach();
            }
        }
    }

    /// Stores another node's message. Duplicates are harmless.
    #[handler]
    fn receive(&self, message: u64) {
        self.messages.borrow_mut().insert(message);
    }

    /// Returns all messages received so far.
    #[handler(type = "read", reply = "messages")]
    fn read(&self) -> BTreeSet<u64> {
        self.messages.borrow().clone()
    }
}

fn main() -> ExitCode {
    mael::run::<Broadcast>()
}

#[test]
fn it_passes_its_workload() {
    use mael_sim::simulation::{ms, secs};

    let simulation = mael_sim::simulate::<Broadcast>(mael_sim::workloads::Broadcast);
    let simulation = simulation
        .nodes(5)
        .rate(20.0)
        .time_limit(secs(5))
        .latency(ms(50))
        .loss(0.1);
    simulation
        .nemesis([mael_sim::Fault::Partition])
        .seeds(0..5)
        .check();
}
