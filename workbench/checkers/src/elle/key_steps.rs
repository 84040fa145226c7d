//! The micro-operations on one key.

use mael_history::{Kind, Value};
use rustc_hash::FxHashMap;

use super::anomalies::Case;
use super::datatype::Datatype;
use super::transactions::{Function, MicroOperation, Transactions};

/// A key and the micro-operations on it.
pub(crate) struct KeySteps<'t, 'h> {
    /// All transactions.
    pub(crate) transactions: &'t Transactions<'h>,
    /// The datatype of keys.
    pub(crate) datatype: Datatype,
    /// The key.
    pub(crate) key: &'h Value,
    /// The micro-operations on the key, one transaction after the other.
    pub(crate) steps: &'t [MicroOperation<'h>],
    /// The writes of the key.
    pub(crate) writes: Vec<Write<'h>>,
    /// The index of the newest write of each value.
    newest: FxHashMap<&'h Value, usize>,
}

/// A write of one key.
#[derive(Debug)]
pub(crate) struct Write<'h> {
    /// The transaction.
    pub(crate) transaction: u32,
    /// Its position in the transaction.
    pub(crate) position: u32,
    /// The value.
    pub(crate) value: &'h Value,
    /// Whether the same transaction writes to this key again.
    pub(crate) intermediate: bool,
    /// The index of the previous write of the same value.
    before: Option<usize>,
}

impl<'t, 'h> KeySteps<'t, 'h> {
    /// Collects the writes of a key.
    pub(crate) fn new(
        transactions: &'t Transactions<'h>,
        datatype: Datatype,
        steps: &'t [MicroOperation<'h>],
    ) -> Self {
        let number = steps.first().map_or(0, |step| step.key as usize);
        let mut key = Self {
            transactions,
            datatype,
            key: transactions.keys[number],
            steps,
            writes: Vec::new(),
            newest: FxHashMap::default(),
        };
        for step in steps {
            if step.function == Function::Write {
                key.write(step);
            }
        }
        key
    }

    fn write(&mut self, step: &MicroOperation<'h>) {
        if let Some(last) = self.writes.last_mut() {
            last.intermediate = last.transaction == step.transaction;
        }
        let before = self.newest.insert(step.value, self.writes.len());
        self.writes.push(Write {
            transaction: step.transaction,
            position: step.position,
            value: step.value,
            intermediate: false,
            before,
        });
    }

    /// Returns the reads of successful transactions, the only reads whose values are known.
    pub(crate) fn reads(&self) -> impl Iterator<Item = &MicroOperation<'h>> {
        self.steps.iter().filter(|step| self.is_read(step))
    }

    /// Returns whether a step is a read of a successful transaction.
    pub(crate) fn is_read(&self, step: &MicroOperation<'_>) -> bool {
        step.function == Function::Read && self.transactions.kind(step.transaction) == Kind::Ok
    }

    /// Returns the index of the newest write of a value.
    pub(crate) fn newest_write(&self, value: &Value) -> Option<usize> {
        self.newest.get(value).copied()
    }

    /// Returns the writes of a value, the newest first.
    pub(crate) fn writes_of(&self, value: &Value) -> impl Iterator<Item = &Write<'h>> {
        let newest = self.newest_write(value);
        let writes = std::iter::successors(newest, |write| self.writes[*write].before);
        writes.map(|write| &self.writes[write])
    }

    /// Returns two writes of the same value, the newer one first.
    pub(crate) fn repeated_write(&self) -> Option<(&Write<'h>, &Write<'h>)> {
        let newer = self.writes.iter().find(|write| write.before.is_some())?;
        Some((newer, &self.writes[newer.before?]))
    }

    /// Returns a phrase for a transaction.
    pub(crate) fn label(&self, transaction: u32) -> String {
        self.transactions.operation(transaction).label()
    }

    /// Returns the case of a read of an element whose write should not be visible to it.
    pub(crate) fn shown(
        &self,
        read: &MicroOperation<'h>,
        write: &Write<'h>,
        element: &Value,
        text: String,
    ) -> Case {
        let reader = self.transactions.operation(read.transaction);
        let writer = self.transactions.operation(write.transaction);
        let entries = [
            ("op", reader.to_value()),
            ("mop", self.transactions.mop_value(self.datatype, read)),
            ("writer", writer.to_value()),
            ("element", element.clone()),
        ];
        Case::at(reader, entries, text)
    }
}
