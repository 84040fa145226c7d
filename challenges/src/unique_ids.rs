//! Unique IDs: the node ID, a nonce drawn at each start, and a counter.
//!
//! How it works: an ID has the form `n1-<nonce>-<count>`. The node ID distinguishes the IDs of
//! different nodes, and the counter those of one node. No messages between servers are needed, so
//! every request is answered at once, also during partitions.
//!
//! Restarts: the counter is kept in memory, so a killed and restarted node counts from 0 again. So
//! that it does not repeat IDs, each start draws 64 random bits, the nonce, which is part of each
//! ID. Two starts of one node clash only if they draw the same bits: for a million starts of one
//! node, the probability is below 3 in 10⁸ (n² / 2⁶⁵).
//!
//! Limitations: the IDs are neither sorted by time nor short.

use mael::prelude::*;
use mael::random;

/// A node that generates IDs.
#[node]
pub struct UniqueIds {
    id: NodeId,
    nonce: Cell<u64>,
    count: Cell<u64>,
}

#[handlers]
impl UniqueIds {
    /// Draws the nonce.
    #[init]
    fn draw(&self) {
        self.nonce.set(random::u64());
    }

    /// Returns an ID that no other request gets.
    #[handler(type = "generate", reply = "id")]
    fn generate(&self) -> String {
        let count = self.count.replace(self.count.get() + 1);
        format!("{}-{:016x}-{count}", self.id, self.nonce.get())
    }
}
