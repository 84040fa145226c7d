//! Future read: a transaction reads what it writes only later. The original lets that pass for
//! registers, unless the transaction is in a cycle with others.

use super::super::anomalies::{Anomalies, Case};
use super::super::key::Key;
use super::super::transactions::{Function, MicroOperation};

/// Finds reads of values that only their own transaction wrote, and only afterwards.
pub(crate) fn find(key: &Key<'_, '_>, anomalies: &mut Anomalies) {
    let by_transaction = key
        .steps
        .chunk_by(|step, next| step.transaction == next.transaction);
    for steps in by_transaction {
        let Some((read, rest)) = steps.split_first() else {
            continue;
        };
        let own = |step: &MicroOperation<'_>| {
            step.function == Function::Write && step.value == read.value
        };
        let only = || {
            let mut writes = key.writes_of(read.value);
            writes.all(|write| write.transaction == read.transaction)
        };
        if key.is_read(read) && rest.iter().any(own) && only() {
            let reader = key.transactions.operation(read.transaction);
            let text = format!(
                "{} read {} from key {} before it wrote that itself",
                reader.label(),
                read.value,
                key.key
            );
            let entries = [
                ("op", reader.to_value()),
                ("mop", key.datatype.step(key.transactions, read)),
            ];
            anomalies.add("future-read", Case::at(reader, entries, text));
        }
    }
}
