//! Lost update: several transactions read the same version of a key and wrote to it, so that one of
//! them did not see the write of the other.
//!
//! Sources: Adya's thesis, section 4.2 (cursor stability); page "Checkers", sections 10 and 11.

use mael_history::{Kind, Operation, Value};
use rustc_hash::FxHashMap;

use super::anomalies::{Anomalies, Case};
use super::key_steps::KeySteps;
use super::transactions::Function;

/// Finds successful transactions whose first reads of a key returned the same version, and which
/// wrote to the key afterwards.
pub(crate) fn find(key: &KeySteps<'_, '_>, anomalies: &mut Anomalies) {
    let updates = updates(key);
    if updates.len() < 2 {
        return;
    }
    // The index of each value that was read, in the order of the history.
    let mut places = FxHashMap::default();
    let mut updaters: Vec<(&Value, Vec<u32>)> = Vec::new();
    for (transaction, read) in updates {
        let place = *places.entry(read).or_insert(updaters.len());
        match updaters.get_mut(place) {
            Some((_, transactions)) => transactions.push(transaction),
            None => updaters.push((read, vec![transaction])),
        }
    }
    for (read, transactions) in updaters {
        if let [first, second, ..] = transactions[..] {
            let operation = |transaction: u32| key.transactions.operation(transaction);
            let text = format!(
                "{} transactions read {read} from key {} and then wrote to it, among them {} and {}: neither saw the write of the other",
                transactions.len(),
                key.key,
                key.label(first),
                key.label(second)
            );
            let all = transactions.into_iter().map(operation);
            let entries = [
                ("key", key.key.clone()),
                ("value", read.clone()),
                ("txns", Value::List(all.map(Operation::to_value).collect())),
            ];
            anomalies.add("lost-update", Case::at(operation(first), entries, text));
        }
    }
}

/// Returns the transactions that read the key and then wrote to it, with the value of the first
/// read.
fn updates<'h>(key: &KeySteps<'_, 'h>) -> Vec<(u32, &'h Value)> {
    let mut updates = Vec::new();
    let by_transaction = key
        .steps
        .chunk_by(|step, next| step.transaction == next.transaction);
    for steps in by_transaction {
        if key.transactions.kind(steps[0].transaction) != Kind::Ok {
            continue;
        }
        let read = steps
            .iter()
            .position(|step| step.function == Function::Read);
        if let Some(read) = read
            && steps[read..]
                .iter()
                .any(|step| step.function == Function::Write)
        {
            updates.push((steps[read].transaction, steps[read].value));
        }
    }
    updates
}
