//! Broadcast along the bench's topology: what is new is passed on to the neighbours, again and again
//! until it is acknowledged.

use mael::prelude::*;

/// A node that passes messages on.
#[node]
pub struct Flood {
    peers: Peers<Flood>,
    messages: RefCell<BTreeSet<u64>>,
}

#[handlers]
impl Flood {
    /// A message of a client, or of a neighbour.
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

    /// All messages that have come here.
    #[handler(reply = "messages")]
    fn read(&self) -> BTreeSet<u64> {
        self.messages.borrow().clone()
    }
}
