//! A distributed counting semaphore whose specification is a semaphore on a single machine.

use mael::Error;
use mael::prelude::*;
use mael_sim::specification;

/// How many permits there are.
const PERMITS: u64 = 2;

/// A semaphore on a single machine.
#[node]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Semaphore {
    acquired: Cell<u64>,
}

/// A semaphore with two permits. An `acquire` is answered with error 22 if no permit is left, and
/// a `release` if none is acquired.
#[specification]
#[handlers]
impl Semaphore {
    /// Acquires a permit.
    #[handler(type = "acquire", weight = 2)]
    fn acquire(&self) -> mael::Result<()> {
        self.acquired.set(one_more(self.acquired.get())?);
        Ok(())
    }

    /// Releases a permit.
    #[handler(type = "release")]
    fn release(&self) -> mael::Result<()> {
        self.acquired.set(one_less(self.acquired.get())?);
        Ok(())
    }

    /// Returns how many permits are left.
    #[handler(type = "available", reply = "permits", read_only)]
    fn available(&self) -> u64 {
        PERMITS - self.acquired.get()
    }
}

fn one_more(acquired: u64) -> mael::Result<u64> {
    match acquired < PERMITS {
        true => Ok(acquired + 1),
        false => Err(Error::precondition_failed("no permit is left")),
    }
}

fn one_less(acquired: u64) -> mael::Result<u64> {
    let less = acquired.checked_sub(1);
    less.ok_or_else(|| Error::precondition_failed("no permit is acquired"))
}

/// A semaphore whose number of acquired permits is protected by a lock.
#[node]
pub struct LockedSemaphore {
    acquired: Lock<u64>,
}

#[handlers]
impl LockedSemaphore {
    #[handler(type = "acquire")]
    async fn acquire(&self) -> mael::Result<()> {
        self.acquired
            .update(async |acquired, _| {
                *acquired = one_more(*acquired)?;
                Ok(())
            })
            .await
    }

    #[handler(type = "release")]
    async fn release(&self) -> mael::Result<()> {
        self.acquired
            .update(async |acquired, _| {
                *acquired = one_less(*acquired)?;
                Ok(())
            })
            .await
    }

    #[handler(type = "available", reply = "permits")]
    async fn available(&self) -> mael::Result<u64> {
        Ok(PERMITS - self.acquired.peek().await?)
    }
}

/// Incorrect: it checks for a free permit before it holds the lock, so the last one can be acquired
/// twice.
#[node]
pub struct OverbookedSemaphore {
    acquired: Lock<u64>,
}

#[handlers]
impl OverbookedSemaphore {
    #[handler(type = "acquire")]
    async fn acquire(&self) -> mael::Result<()> {
        one_more(self.acquired.peek().await?)?;
        self.acquired
            .update(async |acquired, _| {
                *acquired += 1;
                Ok(())
            })
            .await
    }

    #[handler(type = "release")]
    async fn release(&self) -> mael::Result<()> {
        self.acquired
            .update(async |acquired, _| {
                *acquired = one_less(*acquired)?;
                Ok(())
            })
            .await
    }

    #[handler(type = "available", reply = "permits")]
    async fn available(&self) -> mael::Result<u64> {
        Ok(PERMITS.saturating_sub(self.acquired.peek().await?))
    }
}

/// Incorrect: it counts a permit as acquired before it checks whether one is free, and keeps
/// counting it if the request fails.
#[node]
pub struct LeakySemaphore {
    kv: LinKv,
}

#[handlers]
impl LeakySemaphore {
    #[handler(type = "acquire")]
    async fn acquire(&self) -> mael::Result<()> {
        let add = |acquired: Option<u64>| acquired.unwrap_or(0) + 1;
        let acquired = self.kv.update("acquired", add).await?;
        one_more(acquired - 1).map(drop)
    }

    #[handler(type = "release")]
    async fn release(&self) -> mael::Result<()> {
        loop {
            let acquired = self.kv.read("acquired").await?.unwrap_or(0);
            let less = one_less(acquired)?;
            if self.kv.cas("acquired", &acquired, &less).await? {
                return Ok(());
            }
        }
    }

    #[handler(type = "available", reply = "permits")]
    async fn available(&self) -> mael::Result<u64> {
        let acquired = self.kv.read("acquired").await?;
        Ok(PERMITS.saturating_sub(acquired.unwrap_or(0)))
    }
}
