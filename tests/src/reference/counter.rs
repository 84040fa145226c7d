//! G-counter and pn-counter: a number in `lin-kv`.

use mael::clap::{self, ValueEnum};
use mael::prelude::*;

use super::Options;

/// A counter that can be incremented and decremented.
#[node]
pub struct Counter {
    kv: LinKv,
    flags: Flags<Options<Bug>>,
    seen: Cell<i64>,
}

/// The bugs of the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Bug {
    /// It reads and writes without a compare-and-set, and so overwrites concurrent writes.
    WritesWithoutCas,
    /// Its reads return the value it saw last.
    ReadsFromCache,
    /// It acknowledges an addition before writing it.
    AcksEarly,
    /// It keeps its own count instead of the shared one.
    CountsLocally,
    /// It adds some deltas twice.
    AddsTwice,
    /// It adds the absolute value of negative deltas.
    IgnoresSign,
    /// It replies with an indefinite error to some additions and adds more than `delta`.
    AddsExtra,
}

const KEY: &str = "count";

#[handlers]
impl Counter {
    /// Adds `delta`.
    #[handler]
    async fn add(&self, delta: i64) -> mael::Result<()> {
        let delta = match () {
            () if self.flags.now_has(Bug::AddsTwice) => 2 * delta,
            () if self.flags.has(Bug::IgnoresSign) => delta.abs(),
            () if self.flags.now_has(Bug::AddsExtra) => {
                self.change(delta + 1).await?;
                return Err(Error::timeout("no reply from the store"));
            }
            () => delta,
        };
        if self.flags.has(Bug::CountsLocally) {
            self.seen.set(self.seen.get() + delta);
            return Ok(());
        }
        if self.flags.has(Bug::WritesWithoutCas) {
            let count = self.kv.read::<i64>(KEY).await?.unwrap_or(0);
            return self.kv.write(KEY, &(count + delta)).await;
        }
        if self.flags.has(Bug::AcksEarly) {
            let kv = self.kv.clone();
            mael::spawn(async move {
                mael::time::sleep(mael::time::Duration::from_millis(200)).await;
                // The bug: the outcome of the write is ignored.
                let _ = kv
                    .update(KEY, |count: Option<i64>| count.unwrap_or(0) + delta)
                    .await;
            });
            return Ok(());
        }
        self.change(delta).await
    }

    /// Returns the sum of all deltas.
    #[handler(reply = "value")]
    async fn read(&self) -> mael::Result<i64> {
        if self.flags.has(Bug::CountsLocally) || self.flags.has(Bug::ReadsFromCache) {
            return Ok(self.seen.get());
        }
        Ok(self.kv.read(KEY).await?.unwrap_or(0))
    }
}

impl Counter {
    async fn change(&self, delta: i64) -> mael::Result<()> {
        let count = |count: Option<i64>| count.unwrap_or(0) + delta;
        self.seen.set(self.kv.update(KEY, count).await?);
        Ok(())
    }
}
