//! G-counter on `seq-kv`: a key for each node, and fresh reads.
//!
//! How it works: an addition increases the value of the node's own key by compare-and-set. A read
//! first brings the node's view of the store up to date, then returns the sum of the keys of all
//! nodes.
//!
//! Why it is correct: only its owner changes a key, so the node's compare-and-sets conflict only
//! with each other, and each is applied at most once. After the node's view is up to date, a read
//! includes every addition that was acknowledged before. A killed node loses nothing, since its key
//! is in the store.
//!
//! Cost: one read and one compare-and-set per addition, with their replies; one write and n reads
//! per read. No messages between the nodes.
//!
//! Limitations: if the store's reply to an addition is lost, the client gets error 0 (timeout), and
//! the addition may have been made.

use mael::prelude::*;

/// A node with one key of the counter.
#[node]
pub struct GCounterKv {
    id: NodeId,
    nodes: Nodes,
    kv: SeqKv,
}

#[handlers]
impl GCounterKv {
    /// Adds `delta` to this node's key.
    #[handler(type = "add")]
    async fn add(&self, delta: u64) -> mael::Result<()> {
        let mine = |mine: Option<u64>| mine.unwrap_or(0) + delta;
        self.kv.update(&self.id, mine).await?;
        Ok(())
    }

    /// Returns the sum of the keys of all nodes.
    #[handler(type = "read", reply = "value")]
    async fn read(&self) -> mael::Result<u64> {
        let newest = self.kv.fresh().await?;
        let mut total = 0;
        for node in self.nodes.iter() {
            total += newest.read::<u64>(node).await?.unwrap_or(0);
        }
        Ok(total)
    }
}
