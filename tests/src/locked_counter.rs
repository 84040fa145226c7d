//! A counter whose only state is the value protected by a lock.

use mael::Lock;
use mael::prelude::*;

/// A counter that all nodes update under one lock.
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

    /// Returns the total that was committed last.
    #[handler(reply = "value")]
    async fn read(&self) -> mael::Result<u64> {
        self.total.peek().await
    }
}
