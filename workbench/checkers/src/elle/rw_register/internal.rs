//! Internal: inside one transaction, a read disagrees with the read or write before.
//!
//! Sources: Cerone, Bernardi and Gotsman, "A Framework for Transactional Consistency Models with
//! Atomic Visibility", CONCUR (2015), axiom INT; page "Checkers", section 11.

use mael_history::{Kind, Value};

use super::super::anomalies::{Anomalies, Case};
use super::super::datatype::Datatype;
use super::super::transactions::{Function, MicroOperation, Transactions};

/// Looks into each transaction that succeeded.
pub(crate) fn find(transactions: &Transactions<'_>, anomalies: &mut Anomalies) {
    for (number, transaction) in transactions.list.iter().enumerate() {
        if transaction.operation.kind != Kind::Ok {
            continue;
        }
        let Some((before, read)) = disagreement(transactions.steps(number as u32)) else {
            continue;
        };
        let text = format!(
            "{} read {} from key {}, which it had just seen or made {}",
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

/// The first read that disagrees with what the transaction did to the key before, and that. The
/// original takes anything after a read of `nil`.
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
