//! What both kinds of transactions have in common on their way to a node and back.

use mael_history::Value;

use super::transactions::{MicroOperation, Transactions};
use crate::engine::{Connection, Generator, Invocation, RpcError, endless};
use crate::{Test, rpc};

rpc! {
    /// Asks a node to do micro-operations, such as `["r", 9, null]`, in order, all or none; the reply repeats them with what was read.
    pub(super) struct Txn = "txn" { txn: Value } => TxnOk = "txn_ok" { txn: Value }
}

/// An endless stream of transactions, in which `write` is the name of writes.
pub(super) fn generator(test: &Test, write: &'static str) -> Box<dyn Generator> {
    let mut transactions = Transactions::new(&test.options);
    Box::new(endless(move |random| {
        let steps = transactions.next(random);
        let steps = steps.into_iter().map(|step| to_value(step, write));
        Invocation::new("txn", Value::List(steps.collect()))
    }))
}

fn to_value(step: MicroOperation, write: &'static str) -> Value {
    let (name, value) = match step {
        MicroOperation::Read { .. } => ("r", Value::Nil),
        MicroOperation::Write { value, .. } => (write, value.into()),
    };
    Value::List(vec![Value::keyword(name), step.key().into(), value])
}

/// Has a node do a transaction, and gives back what came of it: micro-operations that `is_step`
/// takes for such.
pub(super) async fn invoke(
    connection: &mut Connection,
    invocation: &Invocation,
    is_step: fn(&str, &Value) -> bool,
) -> Result<Value, RpcError> {
    let txn = invocation.value.clone();
    let done = connection.rpc(&Txn { txn }).await?.txn;
    let malformed = |what: &Value| RpcError::Malformed {
        reason: format!("its field txn should be a list of micro-operations, but there is {what}"),
        body: done.to_string(),
    };
    let Value::List(steps) = &done else {
        return Err(malformed(&done));
    };
    let mut named = Vec::with_capacity(steps.len());
    for step in steps {
        named.push(named_step(step, is_step).ok_or_else(|| malformed(step))?);
    }
    Ok(Value::List(named))
}

/// Whether an operation is a list of micro-operations that `is_step` takes for such.
pub(super) fn takes(invocation: &Invocation, is_step: fn(&str, &Value) -> bool) -> bool {
    let Value::List(steps) = &invocation.value else {
        return false;
    };
    let mut steps = steps.iter();
    invocation.f == "txn" && steps.all(|step| named_step(step, is_step).is_some())
}

/// A micro-operation whose name is a keyword, as in histories: JSON has only strings.
fn named_step(step: &Value, is_step: fn(&str, &Value) -> bool) -> Option<Value> {
    let Value::List(parts) = step else {
        return None;
    };
    let [name, key, value] = parts.as_slice() else {
        return None;
    };
    let name = name.name()?.to_owned();
    is_step(&name, value)
        .then(|| Value::List(vec![Value::keyword(name), key.clone(), value.clone()]))
}
