//! A node that forwards each new message to all other nodes.

use mael::prelude::*;

/// A node with the messages that it has received.
#[node]
pub struct Node {
    peers: Peers<Node>,
    messages: RefCell<BTreeSet<u64>>,
}

#[handlers]
impl Node {
    /// Stores a message of a client or of another node. A new one is sent to all other nodes, again
    /// and again until they acknowledge it.
    #[handler(type = "broadcast")]
    fn broadcast(&self, message: u64) {
        if self.messages.borrow_mut().insert(message) {
            for peer in &self.peers {
                peer.broadcast(message).retry().detach();
            }
        }
    }

    /// Returns the messages that this node has received.
    #[handler(type = "read", reply = "messages")]
    fn read(&self) -> BTreeSet<u64> {
        self.messages.borrow().clone()
    }
}

#[cfg(test)]
mod tests {
    use mael_sim::simulation::{ms, secs};
    use mael_sim::{Fault, simulate, workloads};

    use super::Node;

    #[test]
    fn all_nodes_receive_all_messages() {
        simulate::<Node>(workloads::Broadcast)
            .nodes(5)
            .rate(20.0)
            .time_limit(secs(5))
            .latency(ms(50))
            .nemesis([Fault::Partition])
            .seeds(0..10)
            .check();
    }
}
