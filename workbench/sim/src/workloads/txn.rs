//! The common part of txn-list-append and txn-rw-register, which differ in the type of values and
//! in their checkers.
//!
//! Source: page "Workloads", section 9.

use mael::executor::LocalFuture;
use mael_checkers::{Coverage, Verdict};
use mael_history::{History, Value};

use super::Client;
use super::transactions::{MicroOperation, Transactions};
use crate::engine::{Connection, Generator, Invocation, Rpc, RpcDescription, RpcError, endless};
use crate::{Options, rpc};

rpc! {
    /// Requests that a node execute micro-operations, such as `["r", 9, null]`, in order and
    /// atomically. The reply repeats them, with the values that were read.
    pub(super) struct Txn = "txn" { txn: Value } => TxnOk = "txn_ok" { txn: Value }
}

/// The differences between the workloads of transactions.
pub(super) trait TxnWorkload {
    /// See [`Workload::name`].
    const NAME: &'static str;
    /// See [`Workload::doc`].
    const DOC: &'static str;
    /// The name of the micro-operation that writes.
    const WRITE: &'static str;

    /// Whether a key can have this value; null is the value of a key that was never written.
    fn is_state(value: &Value) -> bool;

    /// See [`Workload::check`].
    fn check(options: &Options, history: &History) -> Verdict;

    /// See [`Workload::coverage`].
    fn coverage(history: &History) -> Coverage;
}

/// Implements `Workload` for a [`TxnWorkload`]. A blanket implementation would overlap with that of
/// declared workloads.
macro_rules! txn_workload {
    ($Workload:ty) => {
        const _: () = {
            use $crate::engine::{Client, Generator, Invocation, RpcDescription, Workload};
            use $crate::workloads::txn;

            impl Workload for $Workload {
                fn name(&self) -> &'static str {
                    <Self as TxnWorkload>::NAME
                }

                fn doc(&self) -> &'static str {
                    <Self as TxnWorkload>::DOC
                }

                fn rpcs(&self) -> Vec<RpcDescription> {
                    txn::rpcs()
                }

                fn generator(&self, options: &Options) -> Box<dyn Generator> {
                    txn::generator::<Self>(options)
                }

                /// The same transaction without one of its micro-operations.
                fn simpler(&self, invocation: &Invocation) -> Vec<Invocation> {
                    invocation.with_one_less()
                }

                fn supports(&self, invocation: &Invocation) -> bool {
                    txn::supports::<Self>(invocation)
                }

                fn client(&self, _: &Options) -> Box<dyn Client> {
                    txn::client::<Self>()
                }

                fn reusable(&self) -> bool {
                    true
                }

                fn check(&self, options: &Options, history: &History) -> Verdict {
                    <Self as TxnWorkload>::check(options, history)
                }

                fn coverage(&self, history: &History) -> Coverage {
                    <Self as TxnWorkload>::coverage(history)
                }
            }
        };
    };
}

pub(super) use txn_workload;

pub(super) fn rpcs() -> Vec<RpcDescription> {
    vec![Txn::describe()]
}

pub(super) fn generator<W: TxnWorkload>(options: &Options) -> Box<dyn Generator> {
    let mut transactions = Transactions::new(options);
    Box::new(endless(move |random| {
        let steps = transactions.next(random);
        let steps = steps.into_iter().map(|step| to_value(step, W::WRITE));
        Invocation::new("txn", Value::List(steps.collect()))
    }))
}

pub(super) fn supports<W: TxnWorkload>(invocation: &Invocation) -> bool {
    let Value::List(steps) = &invocation.value else {
        return false;
    };
    let mut steps = steps.iter();
    invocation.f == "txn" && steps.all(|step| named_step::<W>(step).is_some())
}

pub(super) fn client<W: TxnWorkload>() -> Box<dyn Client> {
    Box::new(TxnClient {
        named_step: named_step::<W>,
    })
}

fn to_value(step: MicroOperation, write: &'static str) -> Value {
    let (name, value) = match step {
        MicroOperation::Read { .. } => ("r", Value::Nil),
        MicroOperation::Write { value, .. } => (write, value.into()),
    };
    Value::List(vec![Value::keyword(name), step.key().into(), value])
}

/// Converts the name of a micro-operation from a JSON string to a keyword, as in histories. Returns
/// `None` if the workload has no such micro-operation.
fn named_step<W: TxnWorkload>(step: &Value) -> Option<Value> {
    let Value::List(parts) = step else {
        return None;
    };
    let [name, key, value] = parts.as_slice() else {
        return None;
    };
    let name = name.name()?.to_owned();
    (name == W::WRITE || name == "r" && W::is_state(value))
        .then(|| Value::List(vec![Value::keyword(name), key.clone(), value.clone()]))
}

struct TxnClient {
    named_step: fn(&Value) -> Option<Value>,
}

impl Client for TxnClient {
    fn invoke<'a>(
        &'a mut self,
        connection: &'a mut Connection,
        invocation: &'a Invocation,
    ) -> LocalFuture<'a, Result<Value, RpcError>> {
        Box::pin(async move {
            let txn = invocation.value.clone();
            let done = connection.rpc(&Txn { txn }).await?.txn;
            let malformed = |what: &Value| RpcError::Malformed {
                reason: format!(
                    "the field txn must be a list of micro-operations, but contains {what}"
                ),
                body: done.to_string(),
            };
            let Value::List(steps) = &done else {
                return Err(malformed(&done));
            };
            let mut named = Vec::with_capacity(steps.len());
            for step in steps {
                named.push((self.named_step)(step).ok_or_else(|| malformed(step))?);
            }
            Ok(Value::List(named))
        })
    }
}
