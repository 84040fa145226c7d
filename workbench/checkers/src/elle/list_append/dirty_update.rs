//! Dirty update: a successful transaction built on the write of a failed one.
//!
//! Sources: Kingsbury and Alvaro, "Elle" (2020), section 4.1; page "Checkers", section 10.

use mael_history::{Kind, Value};

use super::super::anomalies::{Anomalies, Case};
use super::super::key_steps::KeySteps;
use super::version_order::VersionOrder;

/// Finds elements of failed transactions that precede an element of a successful one, perhaps with
/// elements of transactions of unknown outcome in between.
pub(crate) fn find(key: &KeySteps<'_, '_>, order: &VersionOrder<'_>, anomalies: &mut Anomalies) {
    // The elements since that of a failed transaction, and that transaction.
    let mut dirty: Option<(u32, Vec<Value>)> = None;
    for element in &order.elements {
        let Some(write) = key.writes_of(element).next() else {
            continue;
        };
        if let Some((_, elements)) = &mut dirty {
            elements.push((*element).clone());
        }
        match key.transactions.kind(write.transaction) {
            Kind::Fail if dirty.is_none() => {
                dirty = Some((write.transaction, vec![(*element).clone()]));
            }
            Kind::Ok => {
                if let Some((failed, elements)) = dirty.take() {
                    let operation = |transaction| key.transactions.operation(transaction);
                    let text = format!(
                        "{} appended {element} to key {} after {} had appended {}, which failed",
                        key.label(write.transaction),
                        key.key,
                        key.label(failed),
                        elements[0]
                    );
                    let transactions = vec![
                        operation(failed).to_value(),
                        Value::symbol("..."),
                        operation(write.transaction).to_value(),
                    ];
                    let entries = [
                        ("key", key.key.clone()),
                        ("values", elements.into()),
                        ("txns", transactions.into()),
                    ];
                    let case = Case::at(operation(write.transaction), entries, text);
                    anomalies.add("dirty-update", case);
                }
            }
            _ => {}
        }
    }
}
