//! What the original lets pass, though no register can do it: a read of a value that nobody
//! wrote, or that the transaction itself writes only later. It is told apart from the verdict.

use super::super::anomalies::{Anomalies, Case};
use super::super::key::Key;
use super::super::transactions::{Function, MicroOperation};

/// Finds such reads of a key.
pub(crate) fn find(key: &Key<'_, '_>, anomalies: &mut Anomalies) {
    for read in key.reads() {
        let Some(value) = key.datatype.shown(read.value).last() else {
            continue;
        };
        let reader = key.transactions.operation(read.transaction);
        let (name, what) = if key.newest_write(value).is_none() {
            ("garbage-read", "which nobody wrote")
        } else if is_of_the_future(key, read.transaction, read.position) {
            ("future-read", "before it wrote that itself")
        } else {
            continue;
        };
        let text = format!(
            "{} read {value} from key {}, {what}",
            reader.label(),
            key.key
        );
        let entries = [
            ("op", reader.to_value()),
            ("mop", key.datatype.step(key.transactions, read)),
        ];
        anomalies.add(name, Case::at(reader, entries, text));
    }
}

/// Whether a transaction writes what it reads here, but only later, and nobody else does.
fn is_of_the_future(key: &Key<'_, '_>, transaction: u32, position: u32) -> bool {
    let steps = key.transactions.steps(transaction);
    let read = &steps[position as usize];
    let writes = |step: &&MicroOperation<'_>| {
        step.function == Function::Write && step.key == read.key && step.value == read.value
    };
    let own = steps.iter().find(writes);
    let only = key
        .writes_of(read.value)
        .all(|write| write.transaction == transaction);
    only && own.is_some_and(|write| write.position > position)
}
