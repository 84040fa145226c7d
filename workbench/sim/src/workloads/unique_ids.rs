//! Unique ids: nodes generate ids, and no two may be equal.

use mael::executor::LocalFuture;
use mael_checkers::{Coverage, Verdict, unique_ids};
use mael_history::{History, Value};

use super::{Client, Workload};
use crate::engine::{Connection, Generator, Invocation, Rpc, RpcDescription, RpcError, endless};
use crate::{Options, rpc};

rpc! {
    /// Requests a new id, which may be of any type and must differ from every other id.
    pub struct Generate = "generate" {} => GenerateOk = "generate_ok" { id: Value }
}

/// The unique-ids workload.
#[derive(Clone, Copy, Debug, Default)]
pub struct UniqueIds;

impl Workload for UniqueIds {
    fn name(&self) -> &'static str {
        "unique-ids"
    }

    fn doc(&self) -> &'static str {
        "Nodes generate unique ids of any type. The checker requires that all ids of a run are \
         comparable: all numbers, all strings, or all arrays of these."
    }

    fn rpcs(&self) -> Vec<RpcDescription> {
        vec![Generate::describe()]
    }

    fn generator(&self, _: &Options) -> Box<dyn Generator> {
        Box::new(endless(|_| Invocation::new("generate", Value::Nil)))
    }

    fn supports(&self, invocation: &Invocation) -> bool {
        invocation.f == "generate" && invocation.value == Value::Nil
    }

    fn client(&self, _: &Options) -> Box<dyn Client> {
        Box::new(UniqueIds)
    }

    fn reusable(&self) -> bool {
        true
    }

    fn anomaly(&self) -> &'static str {
        "duplicated"
    }

    fn check(&self, _: &Options, history: &History) -> Verdict {
        unique_ids::check(history)
    }

    fn coverage(&self, history: &History) -> Coverage {
        unique_ids::coverage(history)
    }
}

impl Client for UniqueIds {
    fn invoke<'a>(
        &'a mut self,
        connection: &'a mut Connection,
        _: &'a Invocation,
    ) -> LocalFuture<'a, Result<Value, RpcError>> {
        Box::pin(async move { Ok(connection.rpc(&Generate {}).await?.id) })
    }
}
