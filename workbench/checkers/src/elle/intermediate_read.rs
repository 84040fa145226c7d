//! G1b: a read shows what a transaction wrote and then wrote over, before that was complete.
//!
//! Sources: Adya's thesis, section 3.1 (intermediate reads); page "Checkers", sections 10 and 11.

use super::anomalies::Anomalies;
use super::key_steps::KeySteps;

/// Finds reads of a key that end with a write which was not the last of another transaction.
pub(crate) fn find(key: &KeySteps<'_, '_>, anomalies: &mut Anomalies) {
    if !key.writes.iter().any(|write| write.intermediate) {
        return;
    }
    for read in key.reads() {
        let Some(element) = key.datatype.shown(read.value).last() else {
            continue;
        };
        let mut writes = key.writes_of(element);
        let Some(write) = writes.find(|write| write.intermediate) else {
            continue;
        };
        if write.transaction == read.transaction {
            continue;
        }
        let text = format!(
            "{} read {} from key {}, but {}, which wrote {element}, went on to write to that key",
            key.label(read.transaction),
            read.value,
            key.key,
            key.label(write.transaction)
        );
        anomalies.add("G1b", key.shown(read, write, element, text));
    }
}
