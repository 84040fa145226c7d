//! Checks a log against the history of the clients that appended to it.

use mael_history::{History, Kind, Operation, Value};

use crate::values::{natural, naturals};

/// The operations of all clients on one log.
pub(crate) struct LogHistory<'a> {
    key: u64,
    /// The number of each append, with its completion.
    appends: Vec<(u64, Option<&'a Operation>)>,
    /// The invocation of each successful walk, with the numbers it read.
    walks: Vec<(&'a Operation, Vec<u64>)>,
}

impl<'a> LogHistory<'a> {
    pub(crate) fn of(history: &'a History, key: u64) -> Self {
        let (mut appends, mut walks) = (Vec::new(), Vec::new());
        for (invocation, completion) in history.pairs().unwrap().list {
            match &invocation.value {
                Value::List(append) if natural(&append[0]) == key => {
                    appends.push((natural(&append[1]), completion));
                }
                Value::List(_) => {}
                _ => {
                    let done = completion.filter(|completion| completion.kind == Kind::Ok);
                    let Some(Value::Map(logs)) = done.map(|completion| &completion.value) else {
                        continue;
                    };
                    if let Some(numbers) = logs.get(&Value::from(key)) {
                        walks.push((invocation, naturals(numbers)));
                    }
                }
            }
        }
        Self {
            key,
            appends,
            walks,
        }
    }

    pub(crate) fn errors(&self) -> Vec<String> {
        let Self {
            key,
            appends,
            walks,
        } = self;
        let Some((_, all)) = walks.iter().max_by_key(|(_, numbers)| numbers.len()) else {
            return vec![format!("no final walk of log {key} succeeded")];
        };
        let mut errors = Vec::new();
        if !walks.iter().any(|(invocation, _)| invocation.is_final) {
            errors.push(format!("no final walk of log {key} succeeded"));
        }
        for (invocation, numbers) in walks {
            if !all.starts_with(numbers) {
                errors.push(format!("log {key}: {numbers:?} is not a prefix of {all:?}"));
            }
            for (number, completion) in appends {
                let Some(completion) = completion.filter(|completion| completion.kind == Kind::Ok)
                else {
                    continue;
                };
                if completion.time < invocation.time && !numbers.contains(number) {
                    errors.push(format!(
                        "log {key}: {number} is missing at {} ns",
                        invocation.time
                    ));
                }
            }
        }
        for (number, completion) in appends {
            let times = all.iter().filter(|found| *found == number).count();
            match completion.map(|completion| (completion.kind, &completion.value)) {
                _ if times > 1 => {
                    errors.push(format!("log {key}: {number} appears {times} times"));
                }
                Some((Kind::Ok, Value::List(done))) => {
                    let offset = natural(&done[2]) as usize;
                    if all.get(offset) != Some(number) {
                        errors.push(format!(
                            "log {key}: {number} is not at {offset}: it is lost"
                        ));
                    }
                }
                Some((Kind::Fail, _)) if times > 0 => {
                    errors.push(format!(
                        "log {key}: {number} appears, but its append failed"
                    ));
                }
                _ => {}
            }
        }
        for number in all {
            if !appends.iter().any(|(appended, _)| appended == number) {
                errors.push(format!("log {key}: {number} was never appended"));
            }
        }
        errors
    }
}
