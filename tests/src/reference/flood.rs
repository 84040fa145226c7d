//! Broadcast along the topology that the workbench sends: new messages are forwarded to the
//! neighbours and retried until they are acknowledged.

use mael::prelude::*;

/// A node that forwards messages to its neighbours.
#[node]
pub struct Flood {
    peers: Peers<Flood>,
    messages: RefCell<BTreeSet<u64>>,
}

#[handlers]
impl Flood {
    /// Receives a message from a client or a neighbour.
    #[handler]
    fn broadcast(&self, #[src] from: NodeId, message: u64) {
        if !self.messages.borrow_mut().insert(message) {
            return;
        }
        for neighbour in self.peers.neighbours() {
            if *neighbour.id() != from {
                neighbour.broadcast(message).retry().detach();
            }
        }
    }

    /// Returns all messages that this node has received.
    #[handler(reply = "messages")]
    fn read(&self) -> BTreeSet<u64> {
        self.messages.borrow().clone()
    }
}
