//! G1a: a read returns a value that a failed transaction wrote.
//!
//! Sources: Adya's thesis, section 3.1 (aborted reads); page "Checkers", sections 10 and 11.

use mael_history::Kind;

use super::anomalies::Anomalies;
use super::key_steps::KeySteps;

/// Finds reads of a key that return values of failed transactions.
pub(crate) fn find(key: &KeySteps<'_, '_>, anomalies: &mut Anomalies) {
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
            let text = format!(
                "{} read {element} from key {}, which {} wrote, but that transaction failed",
                key.label(read.transaction),
                key.key,
                key.label(write.transaction)
            );
            anomalies.add("G1a", key.shown(read, write, element, text));
        }
    }
}
