//! Internal: inside one transaction, a read disagrees with the previous read or write of the key.
//!
//! Sources: Cerone, Bernardi and Gotsman, "A Framework for Transactional Consistency Models with
//! Atomic Visibility", CONCUR (2015), axiom INT; page "Checkers", section 11.

use mael_history::{Kind, Value};

use super::super::anomalies::{Anomalies, Case};
use super::super::datatype::Datatype;
use super::super::transactions::{Function, MicroOperation, Transactions};

/// Checks each successful transaction.
pub(crate) fn find(transactions: &Transactions<'_>, anomalies: &mut Anomalies) {
    for (number, transaction) in transactions.list.iter().enumerate() {
        if transaction.operation.kind != Kind::Ok {
            continue;
        }
        let Some((before, read)) = disagreement(transactions.steps(number as u32)) else {
            continue;
        };
        let text = format!(
            "{} read {} from key {}, which it had just read or written as {}",
            transaction.operation.label(),
            read.value,
            transactions.keys[read.key as usize],
            before.value
        );
        let entries = [
            ("op", transaction.operation.to_value()),
            ("mop", transactions.mop_value(Datatype::Register, read)),
            ("expected", before.value.clone()),
        ];
        anomalies.add("internal", Case::at(transaction.operation, entries, text));
    }
}

/// Returns the first read that disagrees with the previous micro-operation on its key, and that
/// micro-operation. Elle accepts any value after a read of `nil`.
fn disagreement<'s, 'h>(
    steps: &'s [MicroOperation<'h>],
) -> Option<(&'s MicroOperation<'h>, &'s MicroOperation<'h>)> {
    steps.iter().enumerate().find_map(|(position, read)| {
        let before = steps[..position]
            .iter()
            .rfind(|step| step.key == read.key)?;
        let disagrees = read.function == Function::Read
            && *before.value != Value::Nil
            && before.value != read.value;
        disagrees.then_some((before, read))
    })
}
