//! Broadcasts messages in batches, each 100 ms after its first message has arrived.

use mael::prelude::*;
use mael::time::{Duration, sleep};

#[node]
struct Broadcast {
    peers: Peers<Broadcast>,
    messages: RefCell<BTreeSet<u64>>,
    unsent: RefCell<BTreeSet<u64>>,
    arrived: Notify,
}

#[handlers]
impl Broadcast {
    /// Stores a client's message, and adds it to the next batch.
    #[handler(type = "broadcast")]
    fn broadcast(&self, message: u64) {
        self.messages.borrow_mut().insert(message);
        self.unsent.borrow_mut().insert(message);
        self.arrived.notify_waiters();
    }

    /// Stores another node's messages.
    #[handler]
    fn receive(&self, messages: BTreeSet<u64>) {
        self.messages.borrow_mut().extend(messages);
    }

    /// Returns all messages received so far.
    #[handler(type = "read", reply = "messages")]
    fn read(&self) -> BTreeSet<u64> {
        self.messages.borrow().clone()
    }

    /// Sends each batch 100 ms after its first message has arrived.
    #[task]
    async fn send_batches(&self) {
        let has_unsent = || (!self.unsent.borrow().is_empty()).then_some(());
        loop {
            self.arrived.wait_for(has_unsent).await;
            sleep(Duration::from_millis(100)).await;
            let batch = self.unsent.take();
            for peer in &self.peers {
                peer.receive(batch.clone()).retry().detach();
            }
        }
    }
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
