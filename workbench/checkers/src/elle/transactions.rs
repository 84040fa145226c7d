//! A history as transactions: what each did, to which keys, and how it ended.

use std::ops::Range;

use mael_history::{History, Kind, Operation, PairEvent, Value};
use rustc_hash::FxHashMap;

use super::datatype::Datatype;
use crate::Coverage;
use crate::coverage::{is_ok, recorded_value};

/// The transactions of a history, numbered in the order of their begins.
#[derive(Debug)]
pub(crate) struct Transactions<'h> {
    /// The transactions.
    pub(crate) list: Vec<Transaction<'h>>,
    /// What they did, one transaction after the other.
    pub(crate) micro_operations: Vec<MicroOperation<'h>>,
    /// The keys that they used, numbered in the order of their first use.
    pub(crate) keys: Vec<&'h Value>,
    /// Their begins and ends, in the order of the history.
    pub(crate) events: Vec<PairEvent>,
}

/// One transaction.
#[derive(Debug)]
pub(crate) struct Transaction<'h> {
    /// How it began.
    pub(crate) invocation: &'h Operation,
    /// How it ended; the begin if it never did.
    pub(crate) operation: &'h Operation,
    /// Where its micro-operations are.
    pub(crate) micro_operations: Range<usize>,
}

/// One step of a transaction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MicroOperation<'h> {
    /// The transaction.
    pub(crate) transaction: u32,
    /// Its place in the transaction.
    pub(crate) position: u32,
    /// The key.
    pub(crate) key: u32,
    /// What it does.
    pub(crate) function: Function,
    /// What was read, or is written.
    pub(crate) value: &'h Value,
}

/// What a micro-operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    /// Reads a key.
    Read,
    /// Writes a value, or appends it.
    Write,
}

impl<'h> Transactions<'h> {
    /// Reads the operations of clients as transactions.
    ///
    /// # Errors
    /// At the first operation that is none, or when the operations can't be told apart.
    pub(crate) fn read(history: &'h History, datatype: Datatype) -> Result<Self, String> {
        let pairs = history.pairs().map_err(|unpaired| unpaired.to_string())?;
        let mut transactions = Self {
            list: Vec::with_capacity(pairs.list.len()),
            micro_operations: Vec::new(),
            keys: Vec::new(),
            events: pairs.events,
        };
        let mut keys = FxHashMap::default();
        for (first, last) in pairs.list {
            let last = last.unwrap_or(first);
            // A client that never learned what happened may have recorded nothing at the end.
            let operation = if last.kind != Kind::Ok && last.value == Value::Nil {
                first
            } else {
                last
            };
            let start = transactions.micro_operations.len();
            transactions.read_steps(operation, datatype, &mut keys)?;
            transactions.list.push(Transaction {
                invocation: first,
                operation: last,
                micro_operations: start..transactions.micro_operations.len(),
            });
        }
        Ok(transactions)
    }

    fn read_steps(
        &mut self,
        operation: &'h Operation,
        datatype: Datatype,
        keys: &mut FxHashMap<&'h Value, u32>,
    ) -> Result<(), String> {
        let transaction = self.list.len() as u32;
        let no_transaction = |reason| format!("{} is no transaction: {reason}", operation.label());
        let steps = steps(&operation.value).map_err(no_transaction)?;
        for (position, step) in steps.iter().enumerate() {
            let (function, key, value) = read_step(step, datatype).map_err(no_transaction)?;
            let next = self.keys.len() as u32;
            let key_number = *keys.entry(key).or_insert(next);
            if key_number == next {
                self.keys.push(key);
            }
            self.micro_operations.push(MicroOperation {
                transaction,
                position: position as u32,
                key: key_number,
                function,
                value,
            });
        }
        Ok(())
    }

    /// How a transaction ended: `Invoke` if it never did.
    pub(crate) fn kind(&self, transaction: u32) -> Kind {
        self.list[transaction as usize].operation.kind
    }

    /// Whether a transaction took effect, or may have.
    pub(crate) fn is_possible(&self, transaction: u32) -> bool {
        self.kind(transaction) != Kind::Fail
    }

    /// How a transaction began; its end, if that is all that the history has.
    pub(crate) fn invocation(&self, transaction: u32) -> &'h Operation {
        self.list[transaction as usize].invocation
    }

    /// The operation of a transaction.
    pub(crate) fn operation(&self, transaction: u32) -> &'h Operation {
        self.list[transaction as usize].operation
    }

    /// The micro-operations of a transaction.
    pub(crate) fn steps(&self, transaction: u32) -> &[MicroOperation<'h>] {
        &self.micro_operations[self.list[transaction as usize].micro_operations.clone()]
    }

    /// A micro-operation in the form that it has in histories.
    pub(crate) fn mop_value(&self, datatype: Datatype, step: &MicroOperation<'_>) -> Value {
        let function = match step.function {
            Function::Read => "r",
            Function::Write => datatype.write(),
        };
        let key = self.keys[step.key as usize];
        Value::List(vec![
            Value::keyword(function),
            key.clone(),
            step.value.clone(),
        ])
    }

    /// The micro-operations on each key, in the order of the history.
    pub(crate) fn by_key(&self) -> ByKey<'h> {
        let mut starts = vec![0; self.keys.len() + 1];
        for step in &self.micro_operations {
            starts[step.key as usize + 1] += 1;
        }
        for key in 0..self.keys.len() {
            starts[key + 1] += starts[key];
        }
        let mut next = starts.clone();
        // Each place is overwritten.
        let mut steps = self.micro_operations.clone();
        for step in &self.micro_operations {
            let place = &mut next[step.key as usize];
            steps[*place] = *step;
            *place += 1;
        }
        ByKey { starts, steps }
    }
}

/// Micro-operations in the order of their keys.
#[derive(Debug)]
pub(crate) struct ByKey<'h> {
    starts: Vec<usize>,
    steps: Vec<MicroOperation<'h>>,
}

impl<'h> ByKey<'h> {
    /// The micro-operations on one key.
    pub(crate) fn of(&self, key: u32) -> &[MicroOperation<'h>] {
        &self.steps[self.starts[key as usize]..self.starts[key as usize + 1]]
    }

    /// The micro-operations on each key, in the order of the keys' numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[MicroOperation<'h>]> {
        (1..self.starts.len() as u32).map(|key| self.of(key - 1))
    }
}

/// How many operations are judged: transactions that succeeded and did anything.
pub(crate) fn coverage(history: &History, datatype: Datatype) -> Coverage {
    Coverage::of(history, |invocation, completion| {
        let steps = steps(recorded_value(invocation, completion))?;
        for step in steps {
            read_step(step, datatype)?;
        }
        Ok(is_ok(completion) && !steps.is_empty())
    })
}

fn steps(value: &Value) -> Result<&[Value], String> {
    match value {
        Value::List(steps) => Ok(steps),
        other => Err(format!(
            "its value should be a list of micro-operations, not {other}"
        )),
    }
}

fn read_step(step: &Value, datatype: Datatype) -> Result<(Function, &Value, &Value), String> {
    let step_of = || {
        let Value::List(parts) = step else {
            return None;
        };
        let (function, key, value) = match parts.as_slice() {
            [function, key, value] => (function.name()?, key, value),
            // A read may leave out what was read, where that is nothing.
            [function, key] if function.name() == Some("r") => ("r", key, &Value::Nil),
            _ => return None,
        };
        let function = match function {
            "r" if datatype.is_state(value) => Function::Read,
            name if name == datatype.write() => Function::Write,
            _ => return None,
        };
        Some((function, key, value))
    };
    step_of().ok_or_else(|| {
        format!(
            "{step} should be [:r key {}] or [:{} key value]",
            datatype.what_is_read(),
            datatype.write(),
        )
    })
}
