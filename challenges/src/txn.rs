//! Transactions over registers and lists, on `lin-kv`, with one distributed lock.
//!
//! How it works: the value of the lock is the root of the database: what was written last, and a
//! tree of entries that never change, in which all else is. A transaction runs under the lock on
//! the state that the one before it left. Transactions that come to one node together share a
//! hold, and so one compare-and-set.
//!
//! Why it is right: all transactions have one order, that of the commits of one register of a
//! linearizable store, and within a commit that in which their callers had their turns. Each
//! reads what those before it wrote, and is answered after its commit: strict serializability.
//!
//! What it costs: a compare-and-set with its reply for all transactions that share a hold, and a
//! read before it if another node came in between before. Once in 32 new keys, some writes for the
//! tree; reads of those of its nodes that are not known here yet. Nothing between the nodes. All
//! writes of all keys go through one register, so more nodes do not make it faster.
//!
//! What it does not promise: a transaction whose commit can't be told from its loss is answered
//! with error 0; it is committed once, or not at all. A list is one value, and is written anew with
//! each element.

use mael::lock::{Map, Transaction};
use mael::prelude::*;

/// A node that runs transactions.
#[node]
pub struct Txn {
    database: Lock<Map<i64, Value>>,
}

/// A micro-operation: what is done, to which key, and the value, which a read fills in.
type Operation = (Function, i64, Option<Value>);

/// What a micro-operation does.
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
    /// Of a register; or what is appended to a list.
    Number(i64),
    /// Of a list.
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
                let now = database.get(tx, key).await?;
                let new = match (function, &*value) {
                    (Function::R, _) => {
                        *value = now;
                        continue;
                    }
                    (Function::W, Some(value)) => value.clone(),
                    (Function::Append, Some(Value::Number(number))) => appended(now, *number),
                    _ => return Err(malformed("a write needs a value, and an append a number")),
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
