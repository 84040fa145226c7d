//! Broadcast: a start, a sender, messages that want no answer, and two timers.

use mael::prelude::*;

/// A node that tells the others what it is told.
#[node(deadline_ms = 900, rpc_timeout_ms = 400)]
pub struct Broadcast {
    peers: Peers<Broadcast>,
    messages: RefCell<BTreeSet<u64>>,
    rounds: Cell<u64>,
}

#[handlers]
impl Broadcast {
    #[init]
    async fn load(&self) -> mael::Result<()> {
        for peer in &self.peers {
            let theirs = peer.read().await?;
            self.messages.borrow_mut().extend(theirs);
        }
        Ok(())
    }

    /// A message for everyone.
    #[handler]
    fn broadcast(&self, message: u64) {
        self.messages.borrow_mut().insert(message);
    }

    /// All messages so far.
    #[handler(reply = "messages")]
    fn read(&self) -> BTreeSet<u64> {
        self.messages.borrow().clone()
    }

    /// What another node has, of which nobody needs to know that it arrived.
    #[handler(oneway)]
    fn gossip(&self, #[src] from: NodeId, messages: BTreeSet<u64>) -> mael::Result<()> {
        if from.is_empty() {
            return Err(Error::malformed_request("gossip comes from a node"));
        }
        self.messages.borrow_mut().extend(messages);
        Ok(())
    }

    #[every(ms = 100)]
    fn spread(&self) {
        for peer in &self.peers {
            peer.gossip(self.messages.borrow().clone()).send();
        }
    }

    #[every(secs = 5)]
    async fn compare(&self) -> mael::Result<()> {
        for peer in &self.peers {
            let theirs = peer.read().await?;
            self.messages.borrow_mut().extend(theirs);
        }
        self.rounds.set(self.rounds.get() + 1);
        Ok(())
    }
}
