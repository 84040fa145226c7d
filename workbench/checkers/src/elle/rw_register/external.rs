//! External reads and writes: the first value of a key that a transaction reads before it writes,
//! and the last that it writes.

use mael_history::{Kind, Value};

use super::super::key_steps::KeySteps;
use super::super::transactions::Function;

/// The external read and write of one key by one transaction.
pub(crate) struct External<'h> {
    /// The transaction.
    pub(crate) transaction: u32,
    /// The external read: what it read before any write.
    pub(crate) read: Option<&'h Value>,
    /// The external write: what it wrote last.
    pub(crate) write: Option<&'h Value>,
}

impl<'h> External<'h> {
    /// Returns the external reads and writes of a key by successful transactions.
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

    /// Returns the version that was read and the one that was written, which comes next if writes
    /// follow reads.
    pub(crate) fn update(&self) -> Option<(&'h Value, &'h Value)> {
        let read = self.read.filter(|read| **read != Value::Nil)?;
        Some((read, self.write?))
    }
}
