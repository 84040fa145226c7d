//! Transactions over registers: reads and writes of values, each of which is written only once.
//!
//! Source: page "Workloads", section 9.

use mael::executor::LocalFuture;
use mael_checkers::elle::rw_register;
use mael_checkers::{Coverage, Verdict};
use mael_history::{History, Value};

use super::txn::{self, Txn};
use super::{Client, Workload};
use crate::Test;
use crate::engine::{Connection, Generator, Invocation, Rpc, RpcDescription, RpcError};

/// The txn-rw-register workload.
#[derive(Clone, Copy, Debug, Default)]
pub struct TxnRwRegister;

impl Workload for TxnRwRegister {
    fn name(&self) -> &'static str {
        "txn-rw-register"
    }

    fn doc(&self) -> &'static str {
        "Transactions over registers. Nodes do micro-operations in order, all of them or none: \
         `[\"r\", key, null]` reads a value, `[\"w\", key, value]` writes it; the reply repeats \
         them with what was read, null for a key that was never written. A transaction that was \
         aborted is answered by error 30. Each value is written to a key only once."
    }

    fn rpcs(&self) -> Vec<RpcDescription> {
        vec![Txn::describe()]
    }

    fn generator(&self, test: &Test) -> Box<dyn Generator> {
        txn::generator(test, "w")
    }

    /// Transactions without one of the micro-operations.
    fn simpler(&self, invocation: &Invocation) -> Vec<Invocation> {
        invocation.with_one_less()
    }

    fn takes(&self, invocation: &Invocation) -> bool {
        txn::takes(invocation, is_step)
    }

    fn client(&self, _: &Test) -> Box<dyn Client> {
        Box::new(TxnRwRegister)
    }

    fn reusable(&self) -> bool {
        true
    }

    fn check(&self, test: &Test, history: &History) -> Verdict {
        let options = &test.options;
        rw_register::check(history, &options.consistency_models, options.versions)
    }

    fn coverage(&self, history: &History) -> Coverage {
        rw_register::coverage(history)
    }
}

impl Client for TxnRwRegister {
    fn invoke<'a>(
        &'a mut self,
        connection: &'a mut Connection,
        invocation: &'a Invocation,
    ) -> LocalFuture<'a, Result<Value, RpcError>> {
        Box::pin(txn::invoke(connection, invocation, is_step))
    }
}

fn is_step(name: &str, _: &Value) -> bool {
    matches!(name, "r" | "w")
}
