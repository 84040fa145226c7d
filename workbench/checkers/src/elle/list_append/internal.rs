//! Anomalies inside one transaction: a read disagrees with what the transaction did before, or
//! returns what it appends later.
//!
//! Sources: Cerone, Bernardi and Gotsman, "A Framework for Transactional Consistency Models with
//! Atomic Visibility", CONCUR (2015), axiom INT; page "Checkers", section 10.

use mael_history::{Kind, Value};
use rustc_hash::FxHashMap;

use super::super::anomalies::{Anomalies, Case};
use super::super::datatype::Datatype;
use super::super::transactions::{Function, MicroOperation, Transactions};

/// The value that a transaction must read from a key that it has used before.
#[derive(Default)]
struct Expected<'h> {
    /// The list that it read. If there is none, the list may start with any elements.
    read: Option<&'h [Value]>,
    /// Whether it read `nil`. Elle accepts any list after that, unless an element was appended in
    /// between.
    was_nil: bool,
    /// The elements that it has appended since.
    appended: Vec<&'h Value>,
}

/// Checks each successful transaction.
pub(crate) fn find(transactions: &Transactions<'_>, anomalies: &mut Anomalies) {
    for (number, transaction) in transactions.list.iter().enumerate() {
        let steps = transactions.steps(number as u32);
        if transaction.operation.kind != Kind::Ok || !may_disagree(steps) {
            continue;
        }
        if let Some((read, expected)) = internal(steps) {
            let text = format!(
                "{} read {} from key {}, but after its previous operations on that key it should read {expected}",
                transaction.operation.label(),
                read.value,
                transactions.keys[read.key as usize]
            );
            let entries = [
                ("op", transaction.operation.to_value()),
                ("mop", transactions.mop_value(Datatype::List, read)),
                ("expected", expected),
            ];
            anomalies.add("internal", Case::at(transaction.operation, entries, text));
        }
        if let Some((read, element)) = future_read(steps) {
            let text = format!(
                "{} read {element} from key {} before it appended it",
                transaction.operation.label(),
                transactions.keys[read.key as usize]
            );
            let entries = [
                ("op", transaction.operation.to_value()),
                ("mop", transactions.mop_value(Datatype::List, read)),
                ("element", element.clone()),
            ];
            anomalies.add(
                "future-read",
                Case::at(transaction.operation, entries, text),
            );
        }
    }
}

/// Returns whether a transaction uses a key twice and reads it, which most don't.
fn may_disagree(steps: &[MicroOperation<'_>]) -> bool {
    steps.iter().enumerate().any(|(position, step)| {
        let again = |other: &MicroOperation<'_>| {
            let read = [step.function, other.function].contains(&Function::Read);
            other.key == step.key && read
        };
        steps[position + 1..].iter().any(again)
    })
}

/// Returns the first read that disagrees with previous operations, and the value that it should
/// have returned.
fn internal<'s, 'h>(steps: &'s [MicroOperation<'h>]) -> Option<(&'s MicroOperation<'h>, Value)> {
    let mut keys: FxHashMap<u32, Expected<'h>> = FxHashMap::default();
    for step in steps {
        match step.function {
            Function::Write => {
                let expected = keys.entry(step.key).or_default();
                expected.appended.push(step.value);
            }
            Function::Read => {
                let shown = Datatype::List.shown(step.value);
                if let Some(expected) = keys.get(&step.key)
                    && !expected.allows(shown)
                {
                    return Some((step, expected.to_value()));
                }
                let expected = Expected {
                    read: Some(shown),
                    was_nil: *step.value == Value::Nil,
                    appended: Vec::new(),
                };
                keys.insert(step.key, expected);
            }
        }
    }
    None
}

impl Expected<'_> {
    fn allows(&self, shown: &[Value]) -> bool {
        if self.was_nil && self.appended.is_empty() {
            return true;
        }
        let Some(start) = shown.len().checked_sub(self.appended.len()) else {
            return false;
        };
        let (before, after) = shown.split_at(start);
        self.read.is_none_or(|read| read == before)
            && after.iter().eq(self.appended.iter().copied())
    }

    fn to_value(&self) -> Value {
        let unknown = Value::symbol("...");
        let start = self.read.unwrap_or(std::slice::from_ref(&unknown));
        let appended = self.appended.iter().copied();
        Value::List(start.iter().chain(appended).cloned().collect())
    }
}

/// Returns the first read of an element that the transaction appends later, and that element.
fn future_read<'s, 'h>(
    steps: &'s [MicroOperation<'h>],
) -> Option<(&'s MicroOperation<'h>, &'h Value)> {
    steps.iter().enumerate().find_map(|(position, append)| {
        let shows = |step: &&MicroOperation<'_>| {
            step.function == Function::Read
                && step.key == append.key
                && Datatype::List.shown(step.value).contains(append.value)
        };
        let read = steps[..position].iter().find(shows)?;
        (append.function == Function::Write).then_some((read, append.value))
    })
}
