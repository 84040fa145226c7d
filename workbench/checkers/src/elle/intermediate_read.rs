//! G1b: a read returns an intermediate value, which its transaction overwrote.
//!
//! Sources: Adya's thesis, section 3.1 (intermediate reads); page "Checkers", sections 10 and 11.

use super::anomalies::Anomalies;
use super::key_steps::KeySteps;

/// Finds reads of a key whose last value is not the last write of another transaction.
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
            "{} read {} from key {}, but {}, which wrote {element}, later wrote to that key again",
            key.label(read.transaction),
            read.value,
            key.key,
            key.label(write.transaction)
        );
        anomalies.add("G1b", key.shown(read, write, element, text));
    }
}
