//! Garbage reads: what was read is what nobody wrote.
//!
//! Source: Kingsbury and Alvaro, "Elle" (2020), section 3.

use super::anomalies::{Anomalies, Case};
use super::key::Key;
use super::transactions::MicroOperation;
use crate::Value;

/// Finds what nobody wrote in all that was read of a key.
pub(crate) fn find(key: &Key<'_, '_>, anomalies: &mut Anomalies) {
    for read in key.reads() {
        for element in key.datatype.shown(read.value) {
            if key.newest_write(element).is_none() {
                add(key, read, element, anomalies);
            }
        }
    }
}

/// Adds the case that a read showed this.
pub(crate) fn add(
    key: &Key<'_, '_>,
    read: &MicroOperation<'_>,
    element: &Value,
    anomalies: &mut Anomalies,
) {
    let reader = key.transactions.operation(read.transaction);
    let text = format!(
        "{} read {element} from key {}, which nobody wrote",
        reader.label(),
        key.key
    );
    let entries = [
        ("op", reader.to_value()),
        ("mop", key.datatype.step(key.transactions, read)),
        ("element", element.clone()),
    ];
    anomalies.add("garbage-read", Case::at(reader, entries, text));
}
