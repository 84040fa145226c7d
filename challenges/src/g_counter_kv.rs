//! G-counter, stateless on seq-kv: a key per node, and fresh reads.
//!
//! How it works: an addition raises the key of the node that was asked, by compare-and-set. A read
//! first brings the node to the newest state of the store, then sums the keys of all nodes.
//!
//! Why it is right: only one node changes a key, so that its compare-and-sets meet no others but
//! its own, and each is applied at most once. What is read after the store has been brought to its
//! newest state has every addition that was acknowledged before. A node that is killed loses
//! nothing: its key is in the store.
//!
//! What it costs: one read and one compare-and-set per addition, with their replies; one write and
//! n reads per read. Nothing between the nodes.
//!
//! What it does not promise: an addition whose reply from the store is lost is answered with error
//! 0, and may have been made.

use mael::prelude::*;

/// A node that counts in `seq-kv`.
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

    /// The sum over the keys of all nodes.
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
