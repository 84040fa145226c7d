//! A linearizable key-value store, which asks the bench's own.

use mael::clap::{self, ValueEnum};
use mael::prelude::*;

use super::Options;

/// A node that passes each operation on to `lin-kv`.
#[node(deadline_ms = 900)]
pub struct Store {
    kv: LinKv,
    flags: Flags<Options<Bug>>,
    seen: RefCell<BTreeMap<u64, i64>>,
}

/// What the node does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Bug {
    /// It reads what it saw itself, if it has seen anything.
    ReadsFromMemory,
    /// It acknowledges some writes without doing them.
    LosesWrites,
    /// It acknowledges writes before it does them.
    AnswersEarly,
    /// It compares nothing before it sets.
    ComparesNothing,
    /// It compares, then writes, whoever writes in between.
    ComparesFirst,
    /// It reports some compare-and-sets as failed after doing them.
    DeniesSuccess,
    /// It reports some compare-and-sets as done that failed.
    DeniesFailure,
    /// It writes some values a second time later.
    WritesAgain,
}

#[handlers]
impl Store {
    /// The value of a key.
    #[handler(reply = "value")]
    async fn read(&self, key: u64) -> mael::Result<i64> {
        if self.flags.has(Bug::ReadsFromMemory)
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
        if self.flags.has(Bug::AnswersEarly) {
            self.write_later(key, value, 30);
            return Ok(());
        }
        if self.flags.now_has(Bug::WritesAgain) {
            self.write_later(key, value, 300);
        }
        self.kv.write(key, &value).await?;
        self.seen.borrow_mut().insert(key, value);
        Ok(())
    }

    /// Sets a key to `to` if it is `from`.
    #[handler]
    async fn cas(&self, key: u64, from: i64, to: i64) -> mael::Result<()> {
        let compares_first = self.flags.has(Bug::ComparesFirst);
        if compares_first || self.flags.has(Bug::ComparesNothing) {
            let Some(value) = self.kv.read::<i64>(key).await? else {
                return Err(missing(key));
            };
            if compares_first && value != from {
                return Err(mismatch());
            }
            return self.kv.write(key, &to).await;
        }
        let done = self.kv.cas(key, &from, &to).await?;
        let lies = match done {
            true => self.flags.now_has(Bug::DeniesSuccess),
            false => self.flags.now_has(Bug::DeniesFailure),
        };
        if done == lies {
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
            // Nobody waits for it.
            let _ = kv.write(key, &value).await;
        });
    }
}

fn missing(key: u64) -> Error {
    Error::new(ErrorCode::KeyDoesNotExist, format!("there is no key {key}"))
}

fn mismatch() -> Error {
    Error::new(ErrorCode::PreconditionFailed, "another value is there")
}
