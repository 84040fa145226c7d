//! Steps through a log that are not from one message to the very next.

use std::collections::BTreeMap;

use mael_history::{Kind, Process, Value};

use super::analysis::Analysis;
use super::anomaly::{Anomaly, Case};
use super::events::{Entry, Event, Key, Message};

/// How many cases of each are shown: those that jump furthest.
const SHOWN: usize = 8;

/// What makes a process jump.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Deed {
    Poll,
    Send,
}

/// From one message of a log to another that is not the next.
struct Jump<'a> {
    key: Key,
    deed: Deed,
    from: Message,
    to: Message,
    /// How far: 1 would be the next message.
    distance: i64,
    before: &'a Event<'a>,
    after: &'a Event<'a>,
}

/// `int-poll-skip`, `int-nonmonotonic-poll`: between neighbours in what one operation polled of a
/// key, messages are missing, or the second does not come after the first.
pub(super) fn within_polls(analysis: &Analysis<'_>) -> [Option<Anomaly>; 2] {
    let jumps = within(analysis, Deed::Poll);
    [
        skips("int-poll-skip", &jumps, analysis),
        backwards("int-nonmonotonic-poll", &jumps, analysis),
    ]
}

/// `int-send-skip`, `int-nonmonotonic-send`: the same of what one operation sent.
pub(super) fn within_sends(analysis: &Analysis<'_>) -> [Option<Anomaly>; 2] {
    let jumps = within(analysis, Deed::Send);
    [
        skips("int-send-skip", &jumps, analysis),
        backwards("int-nonmonotonic-send", &jumps, analysis),
    ]
}

/// `poll-skip`, `nonmonotonic-poll`: from the last message of a key that a process polled to the
/// first one that its next poll of the key brought.
pub(super) fn between_polls(analysis: &Analysis<'_>) -> [Option<Anomaly>; 2] {
    let jumps = between(analysis, Deed::Poll);
    [
        skips("poll-skip", &jumps, analysis),
        backwards("nonmonotonic-poll", &jumps, analysis),
    ]
}

/// `nonmonotonic-send`: a process sent to a key, and the next message that it sent there does not
/// come later in the log. (That others send in between is as it should be.)
pub(super) fn between_sends(analysis: &Analysis<'_>) -> Option<Anomaly> {
    let jumps = between(analysis, Deed::Send);
    backwards("nonmonotonic-send", &jumps, analysis)
}

impl Deed {
    /// What an operation polled or sent, by key, in order.
    fn entries<'a>(self, event: &'a Event<'a>) -> &'a BTreeMap<Key, Vec<Entry<'a>>> {
        match self {
            Self::Poll => &event.polled,
            Self::Send => &event.sent,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Poll => "polled",
            Self::Send => "sent",
        }
    }
}

/// The jumps between neighbours within operations.
fn within<'a>(analysis: &'a Analysis<'a>, deed: Deed) -> Vec<Jump<'a>> {
    let mut jumps = Vec::new();
    for event in &analysis.events {
        for (key, entries) in deed.entries(event) {
            // Whoever takes over a key begins where the last commit was.
            if deed == Deed::Poll && event.rebalanced.contains(key) {
                continue;
            }
            for pair in entries.windows(2) {
                let (from, to) = (pair[0].message, pair[1].message);
                let distance = analysis.logs.distance(from, to);
                if distance != 1 {
                    jumps.push(Jump {
                        key: *key,
                        deed,
                        from,
                        to,
                        distance,
                        before: event,
                        after: event,
                    });
                }
            }
        }
    }
    jumps
}

/// Where a process stands in a log: its last operation there, and the last message of that, which
/// is none if it brought nothing.
type Position<'a> = (&'a Event<'a>, Option<Message>);

/// The jumps from operation to operation of a process. Sends that failed do not count; polls move
/// the position of their process only if they succeeded. An assignment or a subscription makes a
/// process forget its positions in the logs that it does not name.
fn between<'a>(analysis: &'a Analysis<'a>, deed: Deed) -> Vec<Jump<'a>> {
    let mut jumps = Vec::new();
    let mut processes = BTreeMap::<&Process, BTreeMap<Key, Position<'a>>>::new();
    for event in &analysis.events {
        if deed == Deed::Send && event.kind() == Kind::Fail {
            continue;
        }
        let positions = processes.entry(event.process()).or_default();
        if let Some(assigned) = &event.assigned {
            if event.kind() != Kind::Fail {
                positions.retain(|key, _| assigned.contains(key));
            }
            continue;
        }
        for (key, entries) in deed.entries(event) {
            if let Some((before, Some(from))) = positions.get(key)
                && let Some(to) = entries.first()
            {
                let distance = analysis.logs.distance(*from, to.message);
                if distance != 1 {
                    jumps.push(Jump {
                        key: *key,
                        deed,
                        from: *from,
                        to: to.message,
                        distance,
                        before,
                        after: event,
                    });
                }
            }
            if deed == Deed::Send || event.kind() == Kind::Ok {
                positions.insert(*key, (event, entries.last().map(|entry| entry.message)));
            }
        }
    }
    jumps
}

/// The jumps forward; of these the furthest are shown, in ascending order.
fn skips(name: &'static str, jumps: &[Jump<'_>], analysis: &Analysis<'_>) -> Option<Anomaly> {
    let mut cases: Vec<Skip<'_>> = jumps.iter().filter_map(Skip::new).collect();
    cases.sort_by_key(|Skip(jump)| jump.distance);
    let shown = cases.iter().skip(cases.len().saturating_sub(SHOWN));
    Anomaly::of(name, &cases, shown, analysis)
}

/// The jumps backwards, and the repetitions; of these the furthest are shown, in ascending order.
fn backwards(name: &'static str, jumps: &[Jump<'_>], analysis: &Analysis<'_>) -> Option<Anomaly> {
    let mut cases: Vec<Backwards<'_>> = jumps.iter().filter_map(Backwards::new).collect();
    cases.sort_by_key(|Backwards(jump)| jump.distance);
    let shown = cases.iter().take(SHOWN);
    Anomaly::of(name, &cases, shown, analysis)
}

struct Skip<'a>(&'a Jump<'a>);

struct Backwards<'a>(&'a Jump<'a>);

impl<'a> Skip<'a> {
    fn new(jump: &'a Jump<'a>) -> Option<Self> {
        (jump.distance > 1).then_some(Self(jump))
    }

    fn skipped(&self, analysis: &Analysis<'_>) -> Vec<Message> {
        let Self(jump) = self;
        analysis.logs.between(jump.key, jump.from, jump.to)
    }
}

impl<'a> Backwards<'a> {
    fn new(jump: &'a Jump<'a>) -> Option<Self> {
        (jump.distance < 1).then_some(Self(jump))
    }
}

impl Jump<'_> {
    fn is_within(&self) -> bool {
        std::ptr::eq(self.before, self.after)
    }

    /// The operations: one, or two.
    fn operations(&self) -> (&'static str, Value) {
        if self.is_within() {
            ("op", self.after.last().to_value())
        } else {
            let operations = [self.before, self.after].map(|event| event.last().to_value());
            ("ops", operations.to_vec().into())
        }
    }

    fn values(&self, analysis: &Analysis<'_>) -> (&'static str, Value) {
        ("values", analysis.message_values([self.from, self.to]))
    }

    fn entries(&self, analysis: &Analysis<'_>) -> Vec<(&'static str, Value)> {
        vec![
            ("key", analysis.key_value(self.key)),
            ("delta", self.distance.into()),
            self.operations(),
        ]
    }

    fn explain(&self, analysis: &Analysis<'_>) -> String {
        let did = self.deed.name();
        let (from, to) = (analysis.message(self.from), analysis.message_value(self.to));
        let after = self.after.last().label();
        if self.is_within() {
            format!("{after} {did} {from}, then {to}")
        } else {
            let before = self.before.last().label();
            format!("{before} ended with {from}, then {after} went on with {to}")
        }
    }
}

impl Case for Skip<'_> {
    fn to_value(&self, analysis: &Analysis<'_>) -> Value {
        let Self(jump) = self;
        let skipped = analysis.message_values(self.skipped(analysis));
        let mut entries = jump.entries(analysis);
        entries.push(("skipped", skipped));
        entries.extend(jump.is_within().then(|| jump.values(analysis)));
        Value::map(entries)
    }

    fn explain(&self, analysis: &Analysis<'_>) -> String {
        format!(
            "{}, and so skipped {}, which the log has in between",
            self.0.explain(analysis),
            analysis.messages(&self.skipped(analysis)),
        )
    }

    fn size(&self) -> usize {
        self.0.distance.unsigned_abs() as usize
    }
}

impl Case for Backwards<'_> {
    fn to_value(&self, analysis: &Analysis<'_>) -> Value {
        let Self(jump) = self;
        let mut entries = jump.entries(analysis);
        entries.push(jump.values(analysis));
        Value::map(entries)
    }

    fn explain(&self, analysis: &Analysis<'_>) -> String {
        let Self(jump) = self;
        let what = match jump.distance {
            0 => "the same message again".to_owned(),
            distance => format!("{} back in the log", -distance),
        };
        format!("{}, which is {what}", jump.explain(analysis))
    }

    fn size(&self) -> usize {
        self.0.distance.unsigned_abs() as usize
    }
}
