//! What the clients know of a log, and what is wrong with it.

use mael_history::{History, Kind, Operation, Value};

use crate::values::{natural, naturals};

/// What the clients know of one log.
pub(crate) struct Account<'a> {
    key: u64,
    /// The begins of all appends, with their ends.
    appends: Vec<(u64, Option<&'a Operation>)>,
    /// What walks saw, each with its begin.
    walks: Vec<(&'a Operation, Vec<u64>)>,
}

impl<'a> Account<'a> {
    pub(crate) fn of(history: &'a History, key: u64) -> Self {
        let (mut appends, mut walks) = (Vec::new(), Vec::new());
        for (begin, end) in history.pairs().unwrap().list {
            match &begin.value {
                Value::List(append) if natural(&append[0]) == key => {
                    appends.push((natural(&append[1]), end));
                }
                Value::List(_) => {}
                _ => {
                    let done = end.filter(|end| end.kind == Kind::Ok);
                    let Some(Value::Map(logs)) = done.map(|end| &end.value) else {
                        continue;
                    };
                    if let Some(numbers) = logs.get(&Value::from(key)) {
                        walks.push((begin, naturals(numbers)));
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

    pub(crate) fn wrongs(&self) -> Vec<String> {
        let Self {
            key,
            appends,
            walks,
        } = self;
        let Some((_, all)) = walks.iter().max_by_key(|(_, numbers)| numbers.len()) else {
            return vec![format!("nobody could walk log {key} in the end")];
        };
        let mut wrongs = Vec::new();
        if !walks.iter().any(|(begin, _)| begin.is_final) {
            wrongs.push(format!("nobody could walk log {key} in the end"));
        }
        for (begin, numbers) in walks {
            if !all.starts_with(numbers) {
                wrongs.push(format!("log {key}: {numbers:?} is no beginning of {all:?}"));
            }
            for (number, end) in appends {
                let Some(end) = end.filter(|end| end.kind == Kind::Ok) else {
                    continue;
                };
                if end.time < begin.time && !numbers.contains(number) {
                    wrongs.push(format!(
                        "log {key}: {number} is missing at {} ns",
                        begin.time
                    ));
                }
            }
        }
        for (number, end) in appends {
            let times = all.iter().filter(|found| *found == number).count();
            match end.map(|end| (end.kind, &end.value)) {
                _ if times > 1 => {
                    wrongs.push(format!("log {key}: {number} is there {times} times"));
                }
                Some((Kind::Ok, Value::List(done))) => {
                    let offset = natural(&done[2]) as usize;
                    if all.get(offset) != Some(number) {
                        wrongs.push(format!(
                            "log {key}: {number} is not at {offset}: it is lost"
                        ));
                    }
                }
                Some((Kind::Fail, _)) if times > 0 => {
                    wrongs.push(format!("log {key}: {number} is there, and had failed"));
                }
                _ => {}
            }
        }
        for number in all {
            if !appends.iter().any(|(appended, _)| appended == number) {
                wrongs.push(format!("log {key}: nobody has appended {number}"));
            }
        }
        wrongs
    }
}
