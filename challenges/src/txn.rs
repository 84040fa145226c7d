//! Transactions over registers and lists, on `lin-kv`, with one distributed lock.
//!
//! How it works: the value of the lock is the root of the database: the latest writes, and a tree
//! of immutable entries with all others. Each transaction runs as a transaction of the lock, on the
//! state that the previous one left. Concurrent transactions on one node share a commit, which is
//! one compare-and-set.
//!
//! Why it is correct: all transactions have a total order, which is that of the commits of one
//! register of a linearizable store and, within a commit, that in which they ran. Each reads the
//! writes of those before it, and is answered after its commit. So they are strictly serializable.
//!
//! Cost: one compare-and-set with its reply for all transactions that share a commit, and one more
//! read if another node had committed before. Once in 32 new keys, some writes for the tree, and
//! reads of tree nodes that are not cached. No messages between the nodes. All writes of all keys
//! change one register, so more nodes do not increase the throughput.
//!
//! Limitations: if the outcome of a commit is unknown, the client gets error 0 (timeout), and the
//! transaction was committed once or not at all. A list is one value, which is rewritten for each
//! append.

use mael::lock::{Map, Transaction};
use mael::prelude::*;

/// A node that runs transactions.
#[node]
pub struct Txn {
    database: Lock<Map<i64, Value>>,
}

/// A micro-operation: its function, key and value. The value of a read is set when it runs.
type Operation = (Function, i64, Option<Value>);

/// The function of a micro-operation.
#[mael::message]
#[serde(rename_all = "lowercase")]
#[derive(Clone, Copy)]
pub enum Function {
    /// Reads the value of a key.
    R,
    /// Sets the value of a key.
    W,
    /// Appends to the list of a key.
    Append,
}

/// The value of a key.
#[mael::message]
#[serde(untagged)]
#[derive(Clone)]
pub enum Value {
    /// The value of a register, or an element to append to a list.
    Number(i64),
    /// The value of a list.
    List(Vec<i64>),
}

#[handlers]
impl Txn {
    /// Runs a transaction.
    #[handler(type = "txn", reply = "txn")]
    async fn txn(&self, txn: Vec<Operation>) -> mael::Result<Vec<Operation>> {
        let run = async |database: &mut Map<i64, Value>, tx: &Transaction| {
            let mut done = txn.clone();
            for (function, key, value) in &mut done {
                let current = database.get(tx, key).await?;
                let new = match (function, &*value) {
                    (Function::R, _) => {
                        *value = current;
                        continue;
                    }
                    (Function::W, Some(value)) => value.clone(),
                    (Function::Append, Some(Value::Number(number))) => appended(current, *number),
                    _ => {
                        return Err(malformed(
                            "a write must have a value, and an append a number",
                        ));
                    }
                };
                database.insert(tx, *key, new).await?;
            }
            Ok(done)
        };
        self.database.update(run).await
    }
}

fn appended(list: Option<Value>, number: i64) -> Value {
    let mut list = match list {
        Some(Value::List(list)) => list,
        Some(Value::Number(first)) => vec![first],
        None => Vec::new(),
    };
    list.push(number);
    Value::List(list)
}

fn malformed(text: &str) -> Error {
    Error::new(ErrorCode::MalformedRequest, text)
}
