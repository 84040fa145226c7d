//! Histories of several objects, which are checked independently.

use mael_history::{History, Operation, PairEvent, Value};

use super::{Specification, Specified};
use crate::declared::codec::Codecs;

/// Returns the client operations of a history with values of the form `[key value]`, which the
/// independent checker requires.
///
/// # Errors
/// Returns an error if completions can't be matched with invocations, or an operation has no key.
pub(super) fn with_keys<S: Specification>(
    workload: &Specified<S>,
    history: &History,
) -> Result<History, String> {
    let codecs = Codecs::of(workload);
    let pairs = history.pairs().map_err(|unpaired| unpaired.to_string())?;
    let key_of = |invocation: &Operation| {
        let codec = codecs.get(&invocation.f)?;
        let fields = codec.form.request_of(&invocation.value)?;
        let is_key = |field: &str| Some(field) == codec.operation.key;
        let key = fields.into_iter().find(|(field, _)| is_key(field));
        key.map(|(_, key)| key).ok_or("it has no key".to_owned())
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
    let keyed = pairs.events.iter().filter_map(|event| {
        let (number, operation) = match event {
            PairEvent::Invocation(number) => (*number, pairs.list[*number as usize].0),
            PairEvent::Completion(number) => (*number, pairs.list[*number as usize].1?),
        };
        let key = keys[number as usize].clone();
        Some(Operation {
            value: vec![key, operation.value.clone()].into(),
            ..operation.clone()
        })
    });
    Ok(History(keyed.collect()))
}

/// Merges the witnesses of all keys into one order: whichever next operation has the lowest index
/// comes first.
pub(super) fn merged(witnesses: Vec<Vec<usize>>) -> Vec<usize> {
    let mut rest: Vec<std::collections::VecDeque<usize>> =
        witnesses.into_iter().map(Into::into).collect();
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
