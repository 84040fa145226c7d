//! G1a: a read shows what a transaction wrote that failed.
//!
//! Sources: Adya's thesis, section 3.1 (aborted reads); page "Checkers", sections 10 and 11.

use mael_history::Kind;

use super::anomalies::{Anomalies, Case};
use super::key::Key;

/// Finds what failed transactions wrote in all that was read of a key.
pub(crate) fn find(key: &Key<'_, '_>, anomalies: &mut Anomalies) {
    let failed = |transaction| key.transactions.kind(transaction) == Kind::Fail;
    if !key.writes.iter().any(|write| failed(write.transaction)) {
        return;
    }
    for read in key.reads() {
        for element in key.datatype.shown(read.value) {
            let mut writes = key.writes_of(element);
            let Some(write) = writes.find(|write| failed(write.transaction)) else {
                continue;
            };
            let reader = key.transactions.operation(read.transaction);
            let text = format!(
                "{} read {element} from key {}, which {} wrote, and that failed",
                reader.label(),
                key.key,
                key.label(write.transaction)
            );
            let writer = key.transactions.operation(write.transaction);
            let entries = [
                ("op", reader.to_value()),
                ("mop", key.datatype.step(key.transactions, read)),
                ("writer", writer.to_value()),
                ("element", element.clone()),
            ];
            anomalies.add("G1a", Case::at(reader, entries, text));
        }
    }
}
