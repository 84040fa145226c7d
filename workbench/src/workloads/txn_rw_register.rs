//! Transactions over registers: reads and writes of values, each of which is written only once.
//!
//! Source: page "Workloads", section 9.

use mael::runtime::LocalFuture;

use super::{Client, Verdict, Workload, txn};
use crate::checkers::elle::rw_register;
use crate::engine::{Connection, Generator, Invocation, RpcError};
use crate::history::History;
use crate::{Test, Value};

/// The txn-rw-register workload.
#[derive(Clone, Copy, Debug, Default)]
pub struct TxnRwRegister;

impl Workload for TxnRwRegister {
    fn name(&self) -> &'static str {
        "txn-rw-register"
    }

    fn generator(&self, test: &Test) -> Box<dyn Generator> {
        txn::generator(test, "w")
    }

    fn client(&self, _: &Test) -> Box<dyn Client> {
        Box::new(TxnRwRegister)
    }

    fn reusable(&self) -> bool {
        true
    }

    fn check(&self, test: &Test, history: &History) -> Verdict {
        rw_register::check(history, &test.options.consistency_models)
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
