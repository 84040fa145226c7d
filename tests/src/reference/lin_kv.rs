//! A linearizable key-value store that forwards to the `lin-kv` service.

use mael::clap::{self, ValueEnum};
use mael::prelude::*;

use super::Options;

/// A node that forwards each operation to `lin-kv`.
#[node(deadline_ms = 900)]
pub struct Store {
    kv: LinKv,
    flags: Flags<Options<Bug>>,
    seen: RefCell<BTreeMap<u64, i64>>,
}

/// The bugs of the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Bug {
    /// Its reads return the value it saw last, if it has seen one.
    ReadsFromCache,
    /// It acknowledges some writes without performing them.
    LosesWrites,
    /// It acknowledges writes before performing them.
    AcksEarly,
    /// Its compare-and-set does not compare.
    SkipsCompare,
    /// Its compare-and-set compares and writes in two steps, which is not atomic.
    CasNotAtomic,
    /// It reports some successful compare-and-sets as failed.
    FailsAfterCommit,
    /// It reports some failed compare-and-sets as successful.
    AcksFailedCas,
    /// It writes some values again later.
    RewritesLater,
}

#[handlers]
impl Store {
    /// Returns the value of a key.
    #[handler(reply = "value")]
    async fn read(&self, key: u64) -> mael::Result<i64> {
        if self.flags.has(Bug::ReadsFromCache)
            && let Some(value) = self.seen.borrow().get(&key)
        {
            return Ok(*value);
        }
        let Some(value) = self.kv.read(key).await? else {
            return Err(missing(key));
        };
        self.seen.borrow_mut().insert(key, value);
        Ok(value)
    }

    /// Sets a key.
    #[handler]
    async fn write(&self, key: u64, value: i64) -> mael::Result<()> {
        if self.flags.now_has(Bug::LosesWrites) {
            return Ok(());
        }
        if self.flags.has(Bug::AcksEarly) {
            self.write_later(key, value, 30);
            return Ok(());
        }
        if self.flags.now_has(Bug::RewritesLater) {
            self.write_later(key, value, 300);
        }
        self.kv.write(key, &value).await?;
        self.seen.borrow_mut().insert(key, value);
        Ok(())
    }

    /// Sets a key to `to` if it is `from`.
    #[handler]
    async fn cas(&self, key: u64, from: i64, to: i64) -> mael::Result<()> {
        let not_atomic = self.flags.has(Bug::CasNotAtomic);
        if not_atomic || self.flags.has(Bug::SkipsCompare) {
            let Some(value) = self.kv.read::<i64>(key).await? else {
                return Err(missing(key));
            };
            if not_atomic && value != from {
                return Err(mismatch());
            }
            return self.kv.write(key, &to).await;
        }
        let done = self.kv.cas(key, &from, &to).await?;
        let inverting = if done {
            Bug::FailsAfterCommit
        } else {
            Bug::AcksFailedCas
        };
        let inverted = self.flags.now_has(inverting);
        if done == inverted {
            return Err(mismatch());
        }
        self.seen.borrow_mut().insert(key, to);
        Ok(())
    }
}

impl Store {
    fn write_later(&self, key: u64, value: i64, milliseconds: u64) {
        let kv = self.kv.clone();
        mael::spawn(async move {
            mael::time::sleep(mael::time::Duration::from_millis(milliseconds)).await;
            // The outcome is ignored, because the request was acknowledged already.
            let _ = kv.write(key, &value).await;
        });
    }
}

fn missing(key: u64) -> Error {
    Error::new(ErrorCode::KeyDoesNotExist, format!("there is no key {key}"))
}

fn mismatch() -> Error {
    Error::new(ErrorCode::PreconditionFailed, "the current value differs")
}
