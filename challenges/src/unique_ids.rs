//! Unique ids: a node id, a nonce of this start, and a monotonic counter.
//!
//! How it works: an id reads `n1-<nonce>-<count>`, as [`Ids`] makes them. The node id keeps the ids
//! of different nodes apart, the counter those of one node, without a message between servers, so
//! that a partition changes nothing and every request is served at once.
//!
//! What a restart does to it: the counter lives in memory, and a node that is killed and started
//! again begins at 0 under the same node id. It would repeat itself. So each start draws 64 random
//! bits, and carries them in each id. Two starts of one node then clash only if they draw the same
//! bits: with a million restarts of one node the chance is below 3 in 10⁸ (n² / 2⁶⁵).
//!
//! What it does not promise: that ids sort by time, or are short.

use mael::prelude::*;

/// A node that makes ids.
#[node]
pub struct UniqueIds {
    ids: Ids,
}

#[handlers]
impl UniqueIds {
    /// Makes an id that no other request is ever given.
    #[handler(type = "generate", reply = "id")]
    fn generate(&self) -> String {
        self.ids.next()
    }
}
