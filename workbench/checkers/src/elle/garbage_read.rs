//! Garbage reads: reads of values that were never written.
//!
//! Source: Kingsbury and Alvaro, "Elle" (2020), section 3.

use mael_history::Value;

use super::anomalies::{Anomalies, Case};
use super::key_steps::KeySteps;
use super::transactions::MicroOperation;
use crate::stricter::Stricter;

/// Finds reads of a key that return values that were never written.
pub(crate) fn find(key: &KeySteps<'_, '_>, stricter: &mut Stricter) {
    for read in key.reads() {
        for element in key.datatype.shown(read.value) {
            if key.newest_write(element).is_none() {
                let reader = key.transactions.operation(read.transaction);
                stricter.add("garbage-read", reader, || {
                    (entries(key, read, element).to_vec(), text(key, element))
                });
            }
        }
    }
}

/// Adds the case of a read that returned this element.
pub(crate) fn add(
    key: &KeySteps<'_, '_>,
    read: &MicroOperation<'_>,
    element: &Value,
    anomalies: &mut Anomalies,
) {
    let reader = key.transactions.operation(read.transaction);
    let text = format!("{} {}", reader.label(), text(key, element));
    let [mop, element] = entries(key, read, element);
    let case = Case::at(reader, [("op", reader.to_value()), mop, element], text);
    anomalies.add("garbage-read", case);
}

fn entries(
    key: &KeySteps<'_, '_>,
    read: &MicroOperation<'_>,
    element: &Value,
) -> [(&'static str, Value); 2] {
    [
        ("mop", key.transactions.mop_value(key.datatype, read)),
        ("element", element.clone()),
    ]
}

fn text(key: &KeySteps<'_, '_>, element: &Value) -> String {
    format!(
        "read {element} from key {}, which no transaction wrote",
        key.key
    )
}
