//! G-counter and pn-counter: one number in `lin-kv`.

use mael::clap::{self, ValueEnum};
use mael::prelude::*;

use super::Options;

/// A node that counts up and down.
#[node]
pub struct Counter {
    kv: LinKv,
    flags: Flags<Options<Bug>>,
    seen: Cell<i64>,
}

/// What the node does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Bug {
    /// It writes what it makes of what it reads, whoever wrote in between.
    WritesBlindly,
    /// Its reads say what it saw itself.
    ReadsFromMemory,
    /// It acknowledges before it has written.
    AnswersEarly,
    /// It counts on its own.
    CountsAlone,
    /// It adds some deltas twice.
    AddsTwice,
    /// It takes no delta for a negative one.
    OnlyCountsUp,
    /// It answers with an error of an unknown outcome, then adds more than it was told.
    AddsMore,
}

const KEY: &str = "count";

#[handlers]
impl Counter {
    /// Adds `delta`.
    #[handler]
    async fn add(&self, delta: i64) -> mael::Result<()> {
        let delta = match () {
            () if self.flags.now_has(Bug::AddsTwice) => 2 * delta,
            () if self.flags.has(Bug::OnlyCountsUp) => delta.abs(),
            () if self.flags.now_has(Bug::AddsMore) => {
                self.change(delta + 1).await?;
                return Err(Error::timeout("the store did not answer"));
            }
            () => delta,
        };
        if self.flags.has(Bug::CountsAlone) {
            self.seen.set(self.seen.get() + delta);
            return Ok(());
        }
        if self.flags.has(Bug::WritesBlindly) {
            let count = self.kv.read::<i64>(KEY).await?.unwrap_or(0);
            return self.kv.write(KEY, &(count + delta)).await;
        }
        if self.flags.has(Bug::AnswersEarly) {
            let kv = self.kv.clone();
            mael::spawn(async move {
                mael::time::sleep(mael::time::Duration::from_millis(200)).await;
                // Whether it was written is what it should have waited for.
                let _ = kv
                    .update(KEY, |count: Option<i64>| count.unwrap_or(0) + delta)
                    .await;
            });
            return Ok(());
        }
        self.change(delta).await
    }

    /// The sum of all deltas.
    #[handler(reply = "value")]
    async fn read(&self) -> mael::Result<i64> {
        if self.flags.has(Bug::CountsAlone) || self.flags.has(Bug::ReadsFromMemory) {
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
