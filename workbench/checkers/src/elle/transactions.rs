//! A history as transactions: their micro-operations, keys and completions.

use std::ops::Range;

use mael_history::{History, Kind, Operation, PairEvent, Value};
use rustc_hash::FxHashMap;

use super::datatype::Datatype;
use crate::Coverage;
use crate::coverage::{is_ok, recorded_value};

/// The transactions of a history, numbered in the order of their invocations.
#[derive(Debug)]
pub(crate) struct Transactions<'h> {
    /// The transactions.
    pub(crate) list: Vec<Transaction<'h>>,
    /// Their micro-operations, one transaction after the other.
    pub(crate) micro_operations: Vec<MicroOperation<'h>>,
    /// The keys, numbered in the order of their first use.
    pub(crate) keys: Vec<&'h Value>,
    /// Their invocations and completions, in the order of the history.
    pub(crate) events: Vec<PairEvent>,
}

/// One transaction.
#[derive(Debug)]
pub(crate) struct Transaction<'h> {
    /// The invocation.
    pub(crate) invocation: &'h Operation,
    /// The completion; the invocation if there is none.
    pub(crate) operation: &'h Operation,
    /// The range of its micro-operations.
    pub(crate) micro_operations: Range<usize>,
}

/// A micro-operation of a transaction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MicroOperation<'h> {
    /// The transaction.
    pub(crate) transaction: u32,
    /// Its position in the transaction.
    pub(crate) position: u32,
    /// The key.
    pub(crate) key: u32,
    /// The function.
    pub(crate) function: Function,
    /// The value that was read or is written.
    pub(crate) value: &'h Value,
}

/// The function of a micro-operation.
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
    /// Returns an error at the first operation that is not a transaction, or when completions can't
    /// be matched with invocations.
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
            // The completion of a transaction of unknown outcome may have no value.
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
        let no_transaction =
            |reason| format!("{} is not a transaction: {reason}", operation.label());
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

    /// Returns the kind of a transaction's completion; `Invoke` if it never completed.
    pub(crate) fn kind(&self, transaction: u32) -> Kind {
        self.list[transaction as usize].operation.kind
    }

    /// Returns whether a transaction took effect, or may have taken effect.
    pub(crate) fn is_possible(&self, transaction: u32) -> bool {
        self.kind(transaction) != Kind::Fail
    }

    /// Returns the invocation of a transaction; its completion, if the history has nothing else.
    pub(crate) fn invocation(&self, transaction: u32) -> &'h Operation {
        self.list[transaction as usize].invocation
    }

    /// Returns the completion of a transaction, or else its invocation.
    pub(crate) fn operation(&self, transaction: u32) -> &'h Operation {
        self.list[transaction as usize].operation
    }

    /// Returns the micro-operations of a transaction.
    pub(crate) fn steps(&self, transaction: u32) -> &[MicroOperation<'h>] {
        &self.micro_operations[self.list[transaction as usize].micro_operations.clone()]
    }

    /// Returns a micro-operation in the form that histories have.
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

    /// Returns the micro-operations on each key, in the order of the history.
    pub(crate) fn by_key(&self) -> ByKey<'h> {
        let mut starts = vec![0; self.keys.len() + 1];
        for step in &self.micro_operations {
            starts[step.key as usize + 1] += 1;
        }
        for key in 0..self.keys.len() {
            starts[key + 1] += starts[key];
        }
        let mut next = starts.clone();
        // Each element is overwritten.
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
    /// Returns the micro-operations on one key.
    pub(crate) fn of(&self, key: u32) -> &[MicroOperation<'h>] {
        &self.steps[self.starts[key as usize]..self.starts[key as usize + 1]]
    }

    /// Returns the micro-operations on each key, in the order of the keys' numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[MicroOperation<'h>]> {
        (1..self.starts.len() as u32).map(|key| self.of(key - 1))
    }
}

/// Returns how many operations are judged: successful transactions with at least one
/// micro-operation.
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
            // A read may lack its value if that is nil.
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
