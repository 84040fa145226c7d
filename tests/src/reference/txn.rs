//! Transactions over lists and registers: the whole database is one value in `lin-kv`.

use mael::clap::{self, ValueEnum};
use mael::prelude::*;
use serde_json::{Value, json};

use super::Options;

/// A node that runs transactions.
#[node]
pub struct Txn {
    kv: LinKv,
    flags: Flags<Options<Bug>>,
    seen: RefCell<Database>,
}

/// The bugs of the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Bug {
    /// It aborts some transactions after committing them.
    FailsAfterCommit,
    /// It commits each micro-operation separately.
    CommitsEachOp,
    /// It reads and writes the database without a compare-and-set, and so overwrites concurrent
    /// writes.
    WritesWithoutCas,
    /// It checks only the keys that a transaction writes for conflicts, not those it reads.
    IgnoresReadConflicts,
    /// Read-only transactions see the state that the node saw last.
    ReadsFromCache,
    /// Each read sees the newest state, which may differ from the transaction's snapshot.
    ReadsOutsideTxn,
    /// Transactions do not see their own writes.
    IgnoresOwnWrites,
    /// Of two writes to one key in a transaction, the first one wins.
    KeepsFirstWrite,
    /// It drops some writes of transactions that it commits.
    LosesWrites,
    /// It appends some elements twice.
    AppendsTwice,
    /// It inserts some elements before the last one.
    InsertsBeforeLast,
}

/// A micro-operation: the function, the key and the value.
type Operation = (String, u64, Value);
/// All keys with their values.
type Database = BTreeMap<u64, Value>;

const KEY: &str = "database";

#[handlers]
impl Txn {
    /// Runs a transaction.
    #[handler(reply = "txn")]
    async fn txn(&self, txn: Vec<Operation>) -> mael::Result<Vec<Operation>> {
        let writes = txn.iter().any(|(f, ..)| f != "r");
        match () {
            () if self.flags.has(Bug::ReadsFromCache) && !writes => {
                return Ok(self.run(&txn, &mut self.seen.borrow_mut()));
            }
            () if self.flags.has(Bug::CommitsEachOp) => {
                let mut done = Vec::new();
                for operation in &txn {
                    done.extend(self.commit(std::slice::from_ref(operation)).await?);
                }
                return Ok(done);
            }
            () if self.flags.has(Bug::WritesWithoutCas) => {
                let mut database: Database = self.kv.read(KEY).await?.unwrap_or_default();
                let done = self.run(&txn, &mut database);
                self.kv.write(KEY, &database).await?;
                return Ok(done);
            }
            () if self.flags.has(Bug::IgnoresReadConflicts) => {
                return self.commit_writes(&txn).await;
            }
            () => {}
        }
        let mut done = self.commit(&txn).await?;
        if self.flags.has(Bug::ReadsOutsideTxn) {
            for operation in done.iter_mut().filter(|(f, ..)| f == "r") {
                let database: Database = self.kv.read(KEY).await?.unwrap_or_default();
                operation.2 = database.get(&operation.1).cloned().unwrap_or_default();
            }
        }
        if self.flags.now_has(Bug::FailsAfterCommit) {
            let text = "conflict with another transaction";
            return Err(Error::new(ErrorCode::TxnConflict, text));
        }
        Ok(done)
    }
}

impl Txn {
    /// Runs a transaction atomically on the newest state.
    async fn commit(&self, txn: &[Operation]) -> mael::Result<Vec<Operation>> {
        let mut done = Vec::new();
        let database = self.kv.update(KEY, |database: Option<Database>| {
            let mut database = database.unwrap_or_default();
            done = self.run(txn, &mut database);
            database
        });
        *self.seen.borrow_mut() = database.await?;
        Ok(done)
    }

    /// Runs a transaction on a snapshot and commits its writes if no other transaction wrote the
    /// same keys in between: snapshot isolation.
    async fn commit_writes(&self, txn: &[Operation]) -> mael::Result<Vec<Operation>> {
        let snapshot: Database = self.kv.read(KEY).await?.unwrap_or_default();
        let mut mine = snapshot.clone();
        let done = self.run(txn, &mut mine);
        let written = || {
            txn.iter()
                .filter(|(f, ..)| f != "r")
                .map(|(_, key, _)| *key)
        };
        let mut conflict = false;
        let merge = |newest: Option<Database>| {
            let mut newest = newest.unwrap_or_default();
            conflict = written().any(|key| newest.get(&key) != snapshot.get(&key));
            if !conflict {
                newest.extend(written().map(|key| (key, mine[&key].clone())));
            }
            newest
        };
        self.kv.update(KEY, merge).await?;
        if conflict {
            let text = "conflict with another transaction";
            return Err(Error::new(ErrorCode::TxnConflict, text));
        }
        Ok(done)
    }

    /// Applies a transaction to the database and returns the completed micro-operations.
    fn run(&self, txn: &[Operation], database: &mut Database) -> Vec<Operation> {
        let before = database.clone();
        let mut written = BTreeSet::new();
        let mut run = |(f, key, value): &Operation| {
            let value = match f.as_str() {
                "r" if self.flags.has(Bug::IgnoresOwnWrites) => {
                    before.get(key).cloned().unwrap_or_default()
                }
                "r" => database.get(key).cloned().unwrap_or_default(),
                _ => {
                    let first = written.insert(*key);
                    let lost = self.flags.now_has(Bug::LosesWrites)
                        || self.flags.has(Bug::KeepsFirstWrite) && !first;
                    if !lost {
                        self.write(f, value, database.entry(*key).or_default());
                    }
                    value.clone()
                }
            };
            (f.clone(), *key, value)
        };
        txn.iter().map(&mut run).collect()
    }

    fn write(&self, f: &str, value: &Value, place: &mut Value) {
        match (f, place) {
            ("append", Value::Array(list)) => {
                let earlier = self.flags.now_has(Bug::InsertsBeforeLast) && !list.is_empty();
                list.insert(list.len() - usize::from(earlier), value.clone());
                if self.flags.now_has(Bug::AppendsTwice) {
                    list.push(value.clone());
                }
            }
            ("append", place) => *place = json!([value]),
            (_, place) => *place = value.clone(),
        }
    }
}
