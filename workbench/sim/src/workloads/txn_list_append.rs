//! Transactions over lists: reads of whole lists, and appends of elements, each only once.
//!
//! Source: page "Workloads", section 9.

use mael::executor::LocalFuture;
use mael_checkers::elle::list_append;
use mael_checkers::{Coverage, Verdict};
use mael_history::{History, Value};

use super::txn::{self, Txn};
use super::{Client, Workload};
use crate::Test;
use crate::engine::{Connection, Generator, Invocation, Rpc, RpcDescription, RpcError};

/// The txn-list-append workload.
#[derive(Clone, Copy, Debug, Default)]
pub struct TxnListAppend;

impl Workload for TxnListAppend {
    fn name(&self) -> &'static str {
        "txn-list-append"
    }

    fn doc(&self) -> &'static str {
        "Transactions over lists. Nodes do micro-operations in order, all of them or none: \
         `[\"r\", key, null]` reads a list, `[\"append\", key, element]` appends to it; the reply \
         repeats them with what was read, null for a key that was never written. A transaction \
         that was aborted is answered by error 30. Each element is appended to a key only once, \
         so that the lists tell in which order."
    }

    fn rpcs(&self) -> Vec<RpcDescription> {
        vec![Txn::describe()]
    }

    fn generator(&self, test: &Test) -> Box<dyn Generator> {
        txn::generator(test, "append")
    }

    /// Transactions without one of the micro-operations.
    fn simpler(&self, invocation: &Invocation) -> Vec<Invocation> {
        invocation.with_one_less()
    }

    fn takes(&self, invocation: &Invocation) -> bool {
        txn::takes(invocation, is_step)
    }

    fn client(&self, _: &Test) -> Box<dyn Client> {
        Box::new(TxnListAppend)
    }

    fn reusable(&self) -> bool {
        true
    }

    fn check(&self, test: &Test, history: &History) -> Verdict {
        list_append::check(history, &test.options.consistency_models)
    }

    fn coverage(&self, history: &History) -> Coverage {
        list_append::coverage(history)
    }
}

impl Client for TxnListAppend {
    fn invoke<'a>(
        &'a mut self,
        connection: &'a mut Connection,
        invocation: &'a Invocation,
    ) -> LocalFuture<'a, Result<Value, RpcError>> {
        Box::pin(txn::invoke(connection, invocation, is_step))
    }
}

fn is_step(name: &str, value: &Value) -> bool {
    matches!(
        (name, value),
        ("r", Value::Nil | Value::List(_)) | ("append", _)
    )
}
