//! What the same clients see of a store without a lock, and with one beside the data.

use mael::node::Handlers;
use mael::prelude::*;
use mael_sim::simulation::{Simulated, Simulation};

use crate::hardships::{hardship, logs};

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

/// Keeps the lock beside what it is to protect.
#[node(rpc_timeout_ms = 150)]
struct LockedBeside {
    #[lease(ms = 300)]
    locks: Locks<u64, ()>,
    kv: LinKv,
}

#[handlers]
impl LockedBeside {
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

/// How many of some seeds find that updates were lost.
fn losing<N: Handlers>(simulation: Simulation<N>) -> usize {
    let runs = simulation.seeds(0..5).run();
    let lost = |run: &&Simulated| {
        let mut wrongs = run.results.explanation.iter();
        wrongs.any(|(_, wrong)| wrong.contains("it is lost"))
    };
    runs.iter().filter(lost).count()
}

#[test]
fn without_a_lock_updates_are_lost() {
    assert_eq!(losing(hardship::<Unlocked>("a long way")), 5);
}

#[test]
fn a_lock_beside_the_data_is_enough_when_nobody_is_late() {
    assert_eq!(losing(logs::<LockedBeside>()), 0);
}

#[test]
fn a_lock_beside_the_data_loses_updates_when_holders_pause() {
    assert!(losing(hardship::<LockedBeside>("pauses")) > 0);
}

#[test]
fn a_lock_beside_the_data_loses_updates_when_messages_are_late() {
    assert!(losing(hardship::<LockedBeside>("rough links")) > 0);
}
