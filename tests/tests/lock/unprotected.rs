//! Runs the same clients against a store without a lock, and with a lock that is stored separately
//! from the data.

use mael::node::Handlers;
use mael::prelude::*;
use mael_sim::simulation::{Simulated, Simulation};

use crate::faults::{condition, logs};

/// Reads and writes, without a lock.
#[node(rpc_timeout_ms = 150)]
struct Unlocked {
    kv: LinKv,
}

#[handlers]
impl Unlocked {
    #[handler(type = "append", reply("offset", "runs"))]
    async fn append(&self, key: u64, number: u64) -> mael::Result<(u64, u64)> {
        append_unprotected(&self.kv, key, number).await
    }

    #[handler(type = "walk", reply = "numbers")]
    async fn walk(&self, key: u64) -> mael::Result<Vec<u64>> {
        Ok(self.kv.read(key).await?.unwrap_or_default())
    }
}

/// Stores the lock separately from the data it protects.
#[node(rpc_timeout_ms = 150)]
struct LockedSeparately {
    #[lease(ms = 300)]
    locks: Locks<u64, ()>,
    kv: LinKv,
}

#[handlers]
impl LockedSeparately {
    #[handler(type = "append", reply("offset", "runs"))]
    async fn append(&self, key: u64, number: u64) -> mael::Result<(u64, u64)> {
        let lock = self.locks.of(&key);
        lock.update(async |(), _| append_unprotected(&self.kv, key, number).await)
            .await
    }

    #[handler(type = "walk", reply = "numbers")]
    async fn walk(&self, key: u64) -> mael::Result<Vec<u64>> {
        Ok(self.kv.read(key).await?.unwrap_or_default())
    }
}

async fn append_unprotected(kv: &LinKv, key: u64, number: u64) -> mael::Result<(u64, u64)> {
    let mut numbers: Vec<u64> = kv.read(key).await?.unwrap_or_default();
    numbers.push(number);
    kv.write(key, &numbers).await?;
    Ok((numbers.len() as u64 - 1, 1))
}

/// Returns the number of seeds in which updates are lost.
fn seeds_that_lose_updates<N: Handlers>(simulation: Simulation<N>) -> usize {
    let runs = simulation.seeds(0..5).run();
    let lost = |run: &&Simulated| {
        let mut errors = run.results.explanation.iter();
        errors.any(|(_, error)| error.contains("it is lost"))
    };
    runs.iter().filter(lost).count()
}

#[test]
fn without_a_lock_updates_are_lost() {
    assert_eq!(
        seeds_that_lose_updates(condition::<Unlocked>("high latency")),
        5
    );
}

#[test]
fn a_separate_lock_suffices_without_delays() {
    assert_eq!(seeds_that_lose_updates(logs::<LockedSeparately>()), 0);
}

#[test]
fn a_separate_lock_loses_updates_when_holders_pause() {
    assert!(seeds_that_lose_updates(condition::<LockedSeparately>("pauses")) > 0);
}

#[test]
fn a_separate_lock_loses_updates_when_messages_are_late() {
    assert!(seeds_that_lose_updates(condition::<LockedSeparately>("lossy links")) > 0);
}
