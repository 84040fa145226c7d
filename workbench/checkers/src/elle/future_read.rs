//! Future reads: reads of values that are written later.
//!
//! A transaction read a value that it wrote itself afterwards, or that was written only by
//! transactions that were invoked after it had completed. Elle reports the former for lists
//! (`future-read`), and the latter only as a cycle, if the consistency model has a realtime order.
//! But under no model can a node know what its clients are going to write.

use mael_history::{Kind, Value};

use super::key_steps::{KeySteps, Write};
use super::transactions::MicroOperation;
use crate::stricter::Stricter;

/// Finds reads of a key that return values written later.
pub(crate) fn find(key: &KeySteps<'_, '_>, stricter: &mut Stricter) {
    for read in key.reads() {
        find_in(key, read, stricter);
    }
}

/// Like [`find`], if every list that was read is a prefix of `order`: only lists that reach an
/// element whose append was invoked later are checked element by element.
pub(crate) fn find_in_order(key: &KeySteps<'_, '_>, order: &[&Value], stricter: &mut Stricter) {
    let invocations = order.iter().map(|element| {
        let invocation = |write: &Write<'_>| key.transactions.invocation(write.transaction).index;
        key.writes_of(element).map(invocation).min().unwrap_or(0)
    });
    let latest: Vec<usize> = invocations
        .scan(0, |latest, invocation| {
            *latest = invocation.max(*latest);
            Some(*latest)
        })
        .collect();
    for read in key.reads() {
        let completion = key.transactions.operation(read.transaction).index;
        let length = key.datatype.shown(read.value).len();
        if length
            .checked_sub(1)
            .is_some_and(|last| latest[last] > completion)
        {
            find_in(key, read, stricter);
        }
    }
}

fn find_in(key: &KeySteps<'_, '_>, read: &MicroOperation<'_>, stricter: &mut Stricter) {
    for element in key.datatype.shown(read.value) {
        let mut writes = key.writes_of(element).peekable();
        if writes.peek().is_none() || !writes.all(|write| is_later(key, write, read)) {
            continue;
        }
        let reader = key.transactions.operation(read.transaction);
        stricter.add("future-read", reader, || {
            let entries = vec![
                ("mop", key.transactions.mop_value(key.datatype, read)),
                ("element", element.clone()),
            ];
            let text = format!("read {element} from key {} before it was written", key.key);
            (entries, text)
        });
    }
}

/// Returns whether a write certainly came after a read.
fn is_later(key: &KeySteps<'_, '_>, write: &Write<'_>, read: &MicroOperation<'_>) -> bool {
    if write.transaction == read.transaction {
        return write.position > read.position;
    }
    let invocation = key.transactions.invocation(write.transaction);
    let completion = key.transactions.operation(read.transaction);
    invocation.kind == Kind::Invoke && invocation.index > completion.index
}
