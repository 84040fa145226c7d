//! Reads of a key-value store that miss an existing key.

use mael_history::{History, Kind, Operation, Pairs, Value};
use rustc_hash::FxHashMap;

use super::Stricter;

/// The known history of a key.
#[derive(Default)]
struct KeyHistory<'h> {
    /// The first operation after which the key certainly had a value.
    written: Option<&'h Operation>,
    /// Whether a client tries to write `nil`, in which case it is a normal value.
    has_nil: bool,
}

/// Checks each read that returned `nil`, as for a missing key: it must have been invoked before the
/// key certainly existed, since keys are never removed. Maelstrom accepts every read of `nil`. The
/// finding is `missing-value`.
pub fn check(history: &History, stricter: &mut Stricter) {
    let mut keys = FxHashMap::<&Value, KeyHistory<'_>>::default();
    let mut is_any_nil = false;
    for operation in history.client_operations() {
        let Some((key, value)) = pair(operation) else {
            continue;
        };
        let known = keys.entry(key).or_default();
        if operation.f != "read" && written(value) == &Value::Nil {
            known.has_nil = true;
        }
        match (operation.kind, value) {
            (Kind::Ok, Value::Nil) => is_any_nil = true,
            (Kind::Ok, _) => drop(known.written.get_or_insert(operation)),
            _ => {}
        }
    }
    let pairs = history.pairs().ok().filter(|_| is_any_nil);
    for (invocation, completion) in pairs.iter().flat_map(Pairs::ok) {
        if completion.f != "read" {
            continue;
        }
        let Some((key, Value::Nil)) = pair(completion) else {
            continue;
        };
        let known = keys.get(key).filter(|known| !known.has_nil);
        let written = known.and_then(|known| known.written);
        if let Some(written) = written.filter(|written| written.index < invocation.index) {
            stricter.add("missing-value", completion, || {
                let label = written.label();
                let text = format!("read nil from key {key}, which had a value after {label}");
                (vec![("key", key.clone())], text)
            });
        }
    }
}

/// Returns the key and the value of an operation.
fn pair(operation: &Operation) -> Option<(&Value, &Value)> {
    match &operation.value {
        Value::List(pair) => match pair.as_slice() {
            [key, value] => Some((key, value)),
            _ => None,
        },
        _ => None,
    }
}

/// Returns the value that a write or a compare-and-set writes.
fn written(value: &Value) -> &Value {
    match value {
        Value::List(values) => values.last().unwrap_or(value),
        _ => value,
    }
}
