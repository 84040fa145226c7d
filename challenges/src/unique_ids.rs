//! Unique ids: a node id, a nonce drawn at each start, and a monotonic counter.
//!
//! How it works: an id reads `n1-<nonce>-<count>`. The node id separates the ids of different nodes,
//! the counter those of one node, without a message between servers: a partition changes nothing,
//! and every request is answered at once.
//!
//! What a restart does: the counter is in memory, so a node that is killed and restarted counts from
//! 0 again under the same node id. It would repeat itself. So each start draws 64 random bits, the
//! nonce, and puts them into each id. Two starts of one node clash only if they draw the same bits:
//! with a million restarts of one node the probability is below 3 in 10⁸ (n² / 2⁶⁵).
//!
//! What it does not promise: that ids sort by time, or are short.

use mael::prelude::*;
use mael::random;

/// A node that makes ids.
#[node]
pub struct UniqueIds {
    id: NodeId,
    nonce: Cell<u64>,
    count: Cell<u64>,
}

#[handlers]
impl UniqueIds {
    /// Draws the nonce of this start.
    #[init]
    fn draw(&self) {
        self.nonce.set(random::u64());
    }

    /// Returns an id that no other request is ever given.
    #[handler(type = "generate", reply = "id")]
    fn generate(&self) -> String {
        let count = self.count.replace(self.count.get() + 1);
        format!("{}-{:016x}-{count}", self.id, self.nonce.get())
    }
}
