//! The lag of polls behind the ends of the logs, which is reported and leaves the verdict valid.

use std::collections::{BTreeMap, BTreeSet};

use mael_history::{Integer, Kind, Process, Value};

use super::analysis::Analysis;
use super::clojure;
use super::events::{Event, KeyId, Names};

/// A poll that lagged in a log.
struct Lag<'a> {
    /// When the poll was invoked, in nanoseconds.
    time: u64,
    process: &'a Process,
    key: KeyId,
    /// A lower bound, in nanoseconds, on how long the position that the poll reached had not been
    /// the end of the log at that time.
    lag: u64,
}

/// Returns the first poll with the greatest lag over all keys that are assigned to its process.
pub(super) fn worst(analysis: &Analysis<'_>) -> Value {
    let growth = Growth::new(analysis);
    let mut worst: Option<Lag<'_>> = None;
    let mut processes = BTreeMap::<&Process, Positions<'_>>::new();
    for event in &analysis.events {
        if event.kind() != Kind::Ok {
            continue;
        }
        let positions = processes.entry(event.process()).or_default();
        if let Some(assigned) = &event.assigned {
            positions.assign(assigned, &analysis.names, &growth);
            continue;
        }
        if event.last().f == "send" {
            continue;
        }
        for (key, offset) in highest(event) {
            positions.advance(key, offset, &growth);
        }
        let time = event.invocation.time;
        if let Some((key, lag)) = positions.lag(time)
            && worst.as_ref().is_none_or(|worst| worst.lag < lag)
        {
            worst = Some(Lag {
                time,
                process: event.process(),
                key,
                lag,
            });
        }
    }
    let seconds = |nanos: u64| Value::from(nanos as f64 / 1e9);
    let entries = match worst {
        Some(worst) => vec![
            ("time", seconds(worst.time)),
            ("process", worst.process.clone().into()),
            ("key", analysis.key_value(worst.key)),
            ("lag", seconds(worst.lag)),
        ],
        None => vec![("time", seconds(0)), ("lag", seconds(0))],
    };
    Value::map(entries)
}

/// Returns the keys that an operation sent to or polled, each with its highest offset.
fn highest<'a>(event: &'a Event<'a>) -> impl Iterator<Item = (KeyId, Option<&'a Integer>)> {
    let by_key = event.polled.iter().chain(&event.sent);
    by_key.map(|(key, entries)| (*key, entries.iter().filter_map(|it| it.offset).max()))
}

/// The positions of a process in its logs.
#[derive(Default)]
struct Positions<'a> {
    /// The positions, in the order of assignment.
    positions: Vec<Position<'a>>,
    places: BTreeMap<KeyId, usize>,
    /// The times when positions were passed, with their indices in `positions`. The first lags
    /// most.
    passed: BTreeSet<(u64, usize)>,
}

/// The position of a process in one log.
struct Position<'a> {
    key: KeyId,
    /// The highest offset; `None` at the start.
    offset: Option<&'a Integer>,
    /// When the position was first known not to be the end of the log.
    passed: Option<u64>,
}

impl<'a> Positions<'a> {
    /// Keeps the positions of keys that stay assigned; new keys start at the beginning.
    fn assign(&mut self, keys: &[KeyId], names: &Names<'_>, growth: &Growth<'_>) {
        let before = std::mem::take(self);
        let mut keys: Vec<KeyId> = keys.to_vec();
        if keys.len() > clojure::LARGEST_IN_ORDER {
            keys.sort_by_cached_key(|key| clojure::rank(names.key_value(*key)));
        }
        for key in keys {
            let place = before.places.get(&key);
            let offset = place.and_then(|place| before.positions[*place].offset);
            self.advance(key, offset, growth);
        }
    }

    fn advance(&mut self, key: KeyId, offset: Option<&'a Integer>, growth: &Growth<'_>) {
        let place = *self.places.entry(key).or_insert_with(|| {
            self.positions.push(Position {
                key,
                offset: None,
                passed: None,
            });
            self.positions.len() - 1
        });
        let position = &mut self.positions[place];
        if let Some(passed) = position.passed {
            self.passed.remove(&(passed, place));
        }
        position.offset = position.offset.max(offset);
        position.passed = growth.passed(key, position.offset);
        if let Some(passed) = position.passed {
            self.passed.insert((passed, place));
        }
    }

    /// Returns the log with the greatest lag at this time, and the lag; the first log if none lags.
    fn lag(&self, time: u64) -> Option<(KeyId, u64)> {
        match self.passed.first() {
            Some((passed, place)) if *passed < time => {
                Some((self.positions[*place].key, time - passed))
            }
            _ => Some((self.positions.first()?.key, 0)),
        }
    }
}

/// The growth of logs over time: by key, ascending offsets and when they were first known to exist.
/// Only new highest offsets are stored, so that the size does not depend on the offsets.
struct Growth<'a>(Vec<Vec<(&'a Integer, u64)>>);

impl<'a> Growth<'a> {
    fn new(analysis: &'a Analysis<'_>) -> Self {
        let mut growth: Vec<Vec<(&Integer, u64)>> = vec![Vec::new(); analysis.names.keys()];
        let ended = analysis
            .events
            .iter()
            .filter(|event| event.completion.is_some());
        let known = ended.filter(|event| matches!(event.kind(), Kind::Ok | Kind::Info));
        for event in known {
            for (key, offset) in highest(event) {
                let steps = &mut growth[key];
                let reached = steps.last().map(|(reached, _)| *reached);
                if let Some(offset) = offset.filter(|_| reached < offset) {
                    steps.push((offset, event.last().time));
                }
            }
        }
        Self(growth)
    }

    /// Returns when an offset was first known not to be the last of its log.
    fn passed(&self, key: KeyId, offset: Option<&Integer>) -> Option<u64> {
        let steps = &self.0[key];
        let step = steps.partition_point(|(reached, _)| match offset {
            Some(offset) => *reached <= offset,
            None => reached.is_negative(),
        });
        steps.get(step).map(|(_, time)| *time)
    }
}
