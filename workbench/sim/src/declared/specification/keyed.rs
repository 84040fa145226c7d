//! Histories of several objects, which are checked independently.

use std::collections::{BTreeMap, VecDeque};

use mael_history::{History, Operation, PairEvent, Value};

use crate::declared::codec::Codecs;

/// Splits a history by the keys of its operations.
///
/// # Errors
/// When completions can't be matched with invocations, or at an operation without a key.
pub(super) fn split(
    codecs: &Codecs,
    history: &History,
) -> Result<BTreeMap<Value, History>, String> {
    let pairs = history.pairs().map_err(|unpaired| unpaired.to_string())?;
    let key_of = |invocation: &Operation| {
        let codec = codecs.get(&invocation.f)?;
        let fields = codec.form.request_of(&invocation.value)?;
        let is_key = |field: &str| Some(field) == codec.operation.key;
        let key = fields.into_iter().find(|(field, _)| is_key(field));
        key.map(|(_, key)| key.clone())
            .ok_or("it has no key".to_owned())
    };
    let keys: Result<Vec<Value>, String> = pairs
        .list
        .iter()
        .map(|(invocation, _)| {
            key_of(invocation)
                .map_err(|reason| format!("{} can't be judged: {reason}", invocation.label()))
        })
        .collect();
    let keys = keys?;
    let mut histories = BTreeMap::<Value, History>::new();
    for event in &pairs.events {
        let (number, operation) = match event {
            PairEvent::Invocation(number) => (*number, Some(pairs.list[*number as usize].0)),
            PairEvent::Completion(number) => (*number, pairs.list[*number as usize].1),
        };
        let key = &keys[number as usize];
        if !histories.contains_key(key) {
            histories.insert(key.clone(), History::default());
        }
        let of_key = histories.get_mut(key).into_iter();
        of_key.for_each(|history| history.0.extend(operation.cloned()));
    }
    Ok(histories)
}

/// Merges the witnesses of all keys into one order: whichever next operation has the lowest index
/// comes first.
pub(super) fn merged(witnesses: Vec<Vec<usize>>) -> Vec<usize> {
    let mut rest: Vec<VecDeque<usize>> = witnesses.into_iter().map(Into::into).collect();
    let mut merged = Vec::new();
    while let Some(next) = rest
        .iter_mut()
        .filter(|it| !it.is_empty())
        .min_by_key(|it| it[0])
    {
        merged.extend(next.pop_front());
    }
    merged
}
