//! A node whose requests set how long a caller holds the lock and how it ends.

use mael::lock::protocol;
use mael::prelude::*;
use mael::time::{self, Duration};
use mael_sim::rpc;
use mael_sim::simulation::{ms, secs};

use crate::chain::{self, Log};

rpc! {
    /// Adds a number to a list. Returns the list before, the number of attempts, and when the first
    /// one started.
    pub(crate) struct Add = "add" { key: u64, number: u64, wait_ms: u64, then: &'static str } =>
        AddOk = "add_ok" { saw: Vec<u64>, runs: u64, acquired: u64 }

    /// The same with a short deadline.
    pub(crate) struct ShortDeadline = "short_deadline" { key: u64, number: u64, wait_ms: u64, then: &'static str } =>
        ShortDeadlineOk = "short_deadline_ok" { saw: Vec<u64>, runs: u64, acquired: u64 }

    /// The list.
    pub(crate) struct Peek = "peek" {} => PeekOk = "peek_ok" { numbers: Vec<u64> }

    /// Appends a number to a log after a wait.
    pub(crate) struct Link = "link" { number: u64, wait_ms: u64 } => LinkOk = "link_ok" { runs: u64 }

    /// The log.
    pub(crate) struct Chain = "chain" {} => ChainOk = "chain_ok" { numbers: Vec<u64> }

    /// Leaves the lock in the state after its holder was killed.
    pub(crate) struct Abandon = "abandon" { holder: &'static str } => AbandonOk = "abandon_ok" {}

    /// Overwrites the lock's key with a value that is not a lock.
    pub(crate) struct Corrupt = "corrupt" {} => CorruptOk = "corrupt_ok" {}
}

pub(crate) const LEASE: Duration = secs(1);

#[node]
pub(crate) struct Lists {
    #[lease(ms = LEASE.as_millis() as u64)]
    list: Lock<Vec<u64>>,
    #[lease(ms = LEASE.as_millis() as u64)]
    lists: Locks<u64, Vec<u64>>,
    #[lease(ms = LEASE.as_millis() as u64)]
    log: Lock<Log>,
    kv: LinKv,
}

/// A holder, as stored in the register.
#[mael::message]
struct Holder {
    node: NodeId,
    nonce: String,
}

#[handlers]
impl Lists {
    #[handler(type = "add", reply("saw", "runs", "acquired"))]
    async fn add(
        &self,
        key: u64,
        number: u64,
        wait_ms: u64,
        then: String,
    ) -> mael::Result<(Vec<u64>, u64, u64)> {
        let lock = match key {
            0 => self.list.clone(),
            key => self.lists.of(&key),
        };
        let (runs, acquired) = (Cell::new(0), Cell::new(0));
        lock.update(async |list, _| {
            runs.set(runs.get() + 1);
            if runs.get() == 1 {
                acquired.set(micros());
                time::sleep(ms(wait_ms)).await;
            }
            let saw = list.clone();
            if then != "nothing" {
                list.push(number);
            }
            match &*then {
                "fail" => Err(Error::new(ErrorCode::Abort, "it fails")),
                "panic" => panic!("it panics"),
                "hang" => std::future::pending().await,
                _ => Ok((saw, runs.get(), acquired.get())),
            }
        })
        .await
    }

    #[handler(
        type = "short_deadline",
        reply("saw", "runs", "acquired"),
        deadline_ms = 350
    )]
    async fn short_deadline(
        &self,
        key: u64,
        number: u64,
        wait_ms: u64,
        then: String,
    ) -> mael::Result<(Vec<u64>, u64, u64)> {
        self.add(key, number, wait_ms, then).await
    }

    #[handler(type = "peek", reply = "numbers")]
    async fn peek(&self) -> mael::Result<Vec<u64>> {
        self.list.peek().await
    }

    #[handler(type = "link", reply = "runs")]
    async fn link(&self, number: u64, wait_ms: u64) -> mael::Result<u64> {
        let (_, runs) = chain::append(&self.log, number, ms(wait_ms)).await?;
        Ok(runs)
    }

    #[handler(type = "chain", reply = "numbers")]
    async fn chain(&self) -> mael::Result<Vec<u64>> {
        chain::walk(&self.log).await
    }

    #[handler(type = "abandon")]
    async fn abandon(&self, holder: NodeId) -> mael::Result<()> {
        let register = protocol::Register {
            owner: Some(Holder {
                node: holder,
                nonce: "an earlier start".to_owned(),
            }),
            epoch: 7,
            commits: Vec::new(),
            value: vec![1_u64],
        };
        self.kv.write("list", &register).await
    }

    #[handler(type = "corrupt")]
    async fn corrupt(&self) -> mael::Result<()> {
        self.kv.write("list", &"no lock").await
    }
}

pub(crate) fn micros() -> u64 {
    time::now().as_nanos() / 1000
}
