//! What transactions that succeeded show of one key to others: the first thing that each reads,
//! and the last that it writes.

use mael_history::{Kind, Value};

use super::super::key_steps::KeySteps;
use super::super::transactions::Function;

/// What one transaction shows of a key.
pub(crate) struct External<'h> {
    /// The transaction.
    pub(crate) transaction: u32,
    /// What it read before it wrote.
    pub(crate) read: Option<&'h Value>,
    /// What it wrote last.
    pub(crate) write: Option<&'h Value>,
}

impl<'h> External<'h> {
    /// What each transaction that succeeded shows of a key.
    pub(crate) fn all(key: &KeySteps<'_, 'h>) -> Vec<Self> {
        key.steps
            .chunk_by(|step, next| step.transaction == next.transaction)
            .filter(|steps| key.transactions.kind(steps[0].transaction) == Kind::Ok)
            .map(|steps| {
                let first = &steps[0];
                let write = steps.iter().rfind(|step| step.function == Function::Write);
                Self {
                    transaction: first.transaction,
                    read: (first.function == Function::Read).then_some(first.value),
                    write: write.map(|step| step.value).filter(|it| **it != Value::Nil),
                }
            })
            .collect()
    }

    /// The version that it read and the one that it wrote: the latter comes next, since writes
    /// follow reads.
    pub(crate) fn update(&self) -> Option<(&'h Value, &'h Value)> {
        let read = self.read.filter(|read| **read != Value::Nil)?;
        Some((read, self.write?))
    }
}
