//! How far behind the end of the logs polls were. Reported, never wrong by itself.

use std::collections::{BTreeMap, BTreeSet};

use mael_history::{Integer, Kind, Process, Value};

use super::analysis::Analysis;
use super::clojure;
use super::events::{Event, Key, Names};

/// A poll that was behind in a log.
struct Lag<'a> {
    /// When the poll began, in nanoseconds.
    time: u64,
    process: &'a Process,
    key: Key,
    /// How long ago, at that time, the position that the poll reached had ceased to be the end of
    /// the log, in nanoseconds, at least.
    lag: u64,
}

/// The first poll with the greatest lag, over all keys that are assigned to its process.
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

/// The keys that an operation sent to or polled, each with its highest offset.
fn highest<'a>(event: &'a Event<'a>) -> impl Iterator<Item = (Key, Option<&'a Integer>)> {
    let by_key = event.polled.iter().chain(&event.sent);
    by_key.map(|(key, entries)| (*key, entries.iter().filter_map(|it| it.offset).max()))
}

/// How far a process has read its logs.
#[derive(Default)]
struct Positions<'a> {
    /// By log, in the order of their assignment.
    positions: Vec<Position<'a>>,
    places: BTreeMap<Key, usize>,
    /// When positions were passed, each with its place: the first is the one furthest behind.
    passed: BTreeSet<(u64, usize)>,
}

/// How far one log was read.
struct Position<'a> {
    key: Key,
    /// The highest offset; None is the start.
    offset: Option<&'a Integer>,
    /// When this was first known not to be the end of the log.
    passed: Option<u64>,
}

impl<'a> Positions<'a> {
    /// Keeps the positions of keys that stay assigned; new ones begin at the start.
    fn assign(&mut self, keys: &[Key], names: &Names<'_>, growth: &Growth<'_>) {
        let before = std::mem::take(self);
        let mut keys: Vec<Key> = keys.to_vec();
        if keys.len() > clojure::LARGEST_IN_ORDER {
            keys.sort_by_cached_key(|key| clojure::rank(names.key_value(*key)));
        }
        for key in keys {
            let place = before.places.get(&key);
            let offset = place.and_then(|place| before.positions[*place].offset);
            self.advance(key, offset, growth);
        }
    }

    fn advance(&mut self, key: Key, offset: Option<&'a Integer>, growth: &Growth<'_>) {
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

    /// The log that is furthest behind at this time, and how far; the first, if none is.
    fn lag(&self, time: u64) -> Option<(Key, u64)> {
        match self.passed.first() {
            Some((passed, place)) if *passed < time => {
                Some((self.positions[*place].key, time - passed))
            }
            _ => Some((self.positions.first()?.key, 0)),
        }
    }
}

/// When logs were first known to reach how far: by key, ascending offsets and times. Only what
/// went further than all before is kept, so that the size does not depend on the offsets.
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

    /// When an offset was first known not to be the last of its log.
    fn passed(&self, key: Key, offset: Option<&Integer>) -> Option<u64> {
        let steps = &self.0[key];
        let step = steps.partition_point(|(reached, _)| match offset {
            Some(offset) => *reached <= offset,
            None => reached.is_negative(),
        });
        steps.get(step).map(|(_, time)| *time)
    }
}
