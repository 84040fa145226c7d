//! A workload of logs, to which all clients append distinct numbers.

use std::ops::Range;

use mael::ErrorCode;
use mael::executor::LocalFuture;
use mael_checkers::Verdict;
use mael_history::{History, Validity, Value};
use mael_sim::engine::{Connection, Generator, Invocation, RpcError, endless, once_per_thread};
use mael_sim::workloads::{Client, Workload};
use mael_sim::{Options, rpc};

use crate::log_history::LogHistory;
use crate::values::natural;

rpc! {
    /// Appends a number to a log.
    struct Append = "append" { key: u64, number: u64 } =>
        AppendOk = "append_ok" { offset: u64, runs: u64 }

    /// Reads all numbers of a log in order.
    struct Walk = "walk" { key: u64 } => WalkOk = "walk_ok" { numbers: Vec<u64> }
}

const KEYS: Range<u64> = 0..2;

/// The number of attempts to walk a log in the final phase.
const WALKS: usize = 60;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Logs;

impl Workload for Logs {
    fn name(&self) -> &'static str {
        "logs"
    }

    fn generator(&self, _: &Options) -> Box<dyn Generator> {
        let mut number = 0_u64;
        Box::new(endless(move |random| {
            let key = random.u64(KEYS);
            if random.u8(..10) == 0 {
                return Invocation::new("walk", key);
            }
            number += 1;
            Invocation::new("append", vec![key, number])
        }))
    }

    fn final_generator(&self, options: &Options, _: &History) -> Option<Box<dyn Generator>> {
        let walk = Invocation::new("walk", Value::Nil).last();
        Some(Box::new(once_per_thread(options.nodes.len(), walk)))
    }

    fn client(&self, _: &Options) -> Box<dyn Client> {
        Box::new(*self)
    }

    fn idempotent(&self, f: &str) -> bool {
        f == "walk"
    }

    fn check(&self, _: &Options, history: &History) -> Verdict {
        let mut explanation = Vec::new();
        for key in KEYS {
            explanation.extend(LogHistory::of(history, key).errors());
        }
        for end in history.completions() {
            let error = end.error.iter().map(ToString::to_string);
            explanation.extend(error.filter(|error| error.contains(":crash")));
        }
        let valid = Validity::from(explanation.is_empty());
        Verdict {
            valid,
            results: Value::map([("valid?", valid.into())]),
            explanation,
        }
    }
}

impl Client for Logs {
    fn invoke<'a>(
        &'a mut self,
        connection: &'a mut Connection,
        invocation: &'a Invocation,
    ) -> LocalFuture<'a, Result<Value, RpcError>> {
        Box::pin(async move {
            match &invocation.value {
                Value::List(append) => {
                    let (key, number) = (natural(&append[0]), natural(&append[1]));
                    let done = connection.rpc(&Append { key, number }).await?;
                    Ok(vec![key, number, done.offset, done.runs].into())
                }
                Value::Nil => {
                    let mut logs = Vec::new();
                    for key in KEYS {
                        let numbers = walk_until_ok(connection, key).await?;
                        logs.push((Value::from(key), numbers));
                    }
                    Ok(Value::Map(logs.into_iter().collect()))
                }
                key => {
                    let numbers = connection.rpc(&Walk { key: natural(key) }).await?.numbers;
                    Ok(Value::Map([(key.clone(), numbers.into())].into()))
                }
            }
        })
    }
}

/// A node that has not read the entries yet needs several attempts to read them all.
async fn walk_until_ok(connection: &mut Connection, key: u64) -> Result<Value, RpcError> {
    let mut walks = 1;
    loop {
        match connection.rpc(&Walk { key }).await {
            Ok(log) => return Ok(log.numbers.into()),
            Err(RpcError::Error(error)) if error.code == ErrorCode::Crash => {
                return Err(RpcError::Error(error));
            }
            Err(error) if walks == WALKS => return Err(error),
            Err(_) => walks += 1,
        }
    }
}
