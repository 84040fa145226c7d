//! The order in which elements were appended to a key, as reads show it.
//!
//! Sources: Kingsbury and Alvaro, "Elle" (2020), section 4.2; page "Checkers", section 10.

use std::collections::BTreeMap;

use mael_history::Value;
use rustc_hash::FxHashSet;

use super::super::anomalies::{Anomalies, Case};
use super::super::garbage_read;
use super::super::key_steps::KeySteps;
use super::super::transactions::MicroOperation;

/// The elements of a key in the order of their appends, as far as observed: the longest list that
/// was read, without repetitions.
pub(crate) struct VersionOrder<'h> {
    /// The elements.
    pub(crate) elements: Vec<&'h Value>,
    /// Whether every list that was read is a prefix of these.
    pub(crate) is_certain: bool,
}

impl<'h> VersionOrder<'h> {
    /// Returns the order that the reads of a key show.
    pub(crate) fn of(key: &KeySteps<'_, 'h>) -> Self {
        let mut longest: &'h [Value] = &[];
        for read in key.reads() {
            let shown = list(read);
            if shown.len() > longest.len() {
                longest = shown;
            }
        }
        let mut seen = FxHashSet::default();
        let elements: Vec<&Value> = longest.iter().filter(|it| seen.insert(*it)).collect();
        let is_certain = elements.len() == longest.len()
            && key.reads().all(|read| longest.starts_with(list(read)));
        Self {
            elements,
            is_certain,
        }
    }
}

/// Returns the list that was read.
pub(crate) fn list<'h>(read: &MicroOperation<'h>) -> &'h [Value] {
    match read.value {
        Value::List(elements) => elements,
        _ => &[],
    }
}

/// Finds reads that no append-only list explains: those with an element twice, and pairs of which
/// neither is a prefix of the other. Call it if the order is not certain.
pub(crate) fn find_contradictions(key: &KeySteps<'_, '_>, anomalies: &mut Anomalies) {
    for read in key.reads() {
        find_duplicates(key, read, anomalies);
    }
    let mut reads: Vec<&MicroOperation<'_>> = key.reads().collect();
    reads.retain(|read| !list(read).is_empty());
    reads.sort_by_key(|read| list(read).len());
    let contradiction = reads
        .windows(2)
        .find(|pair| !list(pair[1]).starts_with(list(pair[0])));
    let Some([shorter, longer]) = contradiction else {
        return;
    };
    let text = format!(
        "no order of appends to key {} allows both that {} read {} and that {} read {}",
        key.key,
        key.label(shorter.transaction),
        shorter.value,
        key.label(longer.transaction),
        longer.value
    );
    let values = Value::List(vec![shorter.value.clone(), longer.value.clone()]);
    let entries = [("key", key.key.clone()), ("values", values)];
    let operation = key.transactions.operation(longer.transaction);
    anomalies.add("incompatible-order", Case::at(operation, entries, text));
}

fn find_duplicates(key: &KeySteps<'_, '_>, read: &MicroOperation<'_>, anomalies: &mut Anomalies) {
    let mut times = BTreeMap::<&Value, usize>::new();
    for element in list(read) {
        *times.entry(element).or_default() += 1;
    }
    times.retain(|_, times| *times > 1);
    let Some((element, count)) = times.first_key_value() else {
        return;
    };
    let reader = key.transactions.operation(read.transaction);
    let text = format!(
        "{} read {} from key {}, which lists {element} {count} times",
        reader.label(),
        read.value,
        key.key
    );
    let duplicates = times
        .into_iter()
        .map(|(element, times)| (element.clone(), times.into()));
    let entries = [
        ("op", reader.to_value()),
        ("mop", key.transactions.mop_value(key.datatype, read)),
        ("duplicates", Value::Map(duplicates.collect())),
    ];
    anomalies.add("duplicate-elements", Case::at(reader, entries, text));
}

/// Finds elements of the order that no transaction appended: the garbage reads of "Elle", section
/// 3. There is one case for each element.
pub(crate) fn find_garbage(
    key: &KeySteps<'_, '_>,
    order: &VersionOrder<'_>,
    anomalies: &mut Anomalies,
) {
    for element in &order.elements {
        if key.newest_write(element).is_some() {
            continue;
        }
        let shows = |read: &&MicroOperation<'_>| list(read).contains(element);
        if let Some(read) = key.reads().find(shows) {
            garbage_read::add(key, read, element, anomalies);
        }
    }
}
