//! A counter whose only state is the value of a lock.

use mael::Lock;
use mael::prelude::*;

/// A node that counts under a lock of all nodes.
#[node]
pub struct LockedCounter {
    total: Lock<u64>,
}

#[handlers]
impl LockedCounter {
    /// Adds `delta` to the total.
    #[handler]
    async fn add(&self, delta: u64) -> mael::Result<()> {
        self.total
            .update(async |total, _| {
                *total += delta;
                Ok(())
            })
            .await
    }

    /// The total that was committed last.
    #[handler(reply = "value")]
    async fn read(&self) -> mael::Result<u64> {
        self.total.peek().await
    }
}
