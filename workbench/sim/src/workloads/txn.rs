//! The generator and the histories of txn-list-append and txn-rw-register, which differ in the type
//! of values and in their checkers.
//!
//! Source: page "Workloads", section 9.

use mael_history::Value;

use super::transactions::{MicroOperation, Transactions};
use crate::Options;
use crate::engine::{Connection, Generator, Invocation, endless};

/// A micro-operation: its name, its key, and the value that is read or written.
pub(super) type MicroOperationParts = (String, Value, Value);

/// Returns a generator of transactions. `write` is the name of the micro-operation that writes.
pub(super) fn generator(write: &'static str, options: &Options) -> Box<dyn Generator> {
    let mut transactions = Transactions::new(options);
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

/// Converts the names of micro-operations from JSON strings to keywords, as in histories.
pub(super) fn with_keywords(mut txn: Value, _: &Connection) -> Value {
    if let Value::List(steps) = &mut txn {
        for step in steps {
            if let Value::List(parts) = step
                && let Some(name) = parts.first_mut()
                && let Value::Str(text) = name
            {
                *name = Value::keyword(std::mem::take(text));
            }
        }
    }
    txn
}
