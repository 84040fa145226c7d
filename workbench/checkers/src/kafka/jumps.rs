//! Sends and polls that skip messages of a log or go back.

use std::collections::BTreeMap;

use mael_history::{Kind, Process, Value};

use super::analysis::Analysis;
use super::anomaly::{Anomaly, Case};
use super::events::{Event, KeyId, LogEntry, MessageId};

/// The maximum number of listed cases of each anomaly, which have the largest jumps.
const LISTED: usize = 8;

/// The kind of operation that jumps.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Poll,
    Send,
}

/// A step from one message of a log to another that is not the next.
struct Jump<'a> {
    key: KeyId,
    access: Access,
    from: MessageId,
    to: MessageId,
    /// The difference of the positions in the log: 1 would be the next message.
    distance: i64,
    before: &'a Event<'a>,
    after: &'a Event<'a>,
}

/// `int-poll-skip`, `int-nonmonotonic-poll`: between consecutive messages of a key that one
/// operation polled, messages are missing, or the second does not come after the first.
pub(super) fn within_polls(analysis: &Analysis<'_>) -> [Option<Anomaly>; 2] {
    let jumps = within(analysis, Access::Poll);
    [
        skips("int-poll-skip", &jumps, analysis),
        backwards("int-nonmonotonic-poll", &jumps, analysis),
    ]
}

/// `int-send-skip`, `int-nonmonotonic-send`: the same for the messages that one operation sent.
pub(super) fn within_sends(analysis: &Analysis<'_>) -> [Option<Anomaly>; 2] {
    let jumps = within(analysis, Access::Send);
    [
        skips("int-send-skip", &jumps, analysis),
        backwards("int-nonmonotonic-send", &jumps, analysis),
    ]
}

/// `poll-skip`, `nonmonotonic-poll`: the same from the last message of a key that a process polled
/// to the first message of its next poll of the key.
pub(super) fn between_polls(analysis: &Analysis<'_>) -> [Option<Anomaly>; 2] {
    let jumps = between(analysis, Access::Poll);
    [
        skips("poll-skip", &jumps, analysis),
        backwards("nonmonotonic-poll", &jumps, analysis),
    ]
}

/// `nonmonotonic-send`: a message that a process sent to a key does not come after the one that it
/// sent there before. (Messages of other processes may come in between.)
pub(super) fn between_sends(analysis: &Analysis<'_>) -> Option<Anomaly> {
    let jumps = between(analysis, Access::Send);
    backwards("nonmonotonic-send", &jumps, analysis)
}

impl Access {
    /// Returns the messages that an operation polled or sent, by key, in order.
    fn entries<'a>(self, event: &'a Event<'a>) -> &'a BTreeMap<KeyId, Vec<LogEntry<'a>>> {
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

/// Returns the jumps between consecutive messages within operations.
fn within<'a>(analysis: &'a Analysis<'a>, access: Access) -> Vec<Jump<'a>> {
    let mut jumps = Vec::new();
    for event in &analysis.events {
        for (key, entries) in access.entries(event) {
            // A consumer that takes over a key starts at the last committed offset.
            if access == Access::Poll && event.rebalanced.contains(key) {
                continue;
            }
            for pair in entries.windows(2) {
                let (from, to) = (pair[0].message, pair[1].message);
                let distance = analysis.logs.distance(from, to);
                if distance != 1 {
                    jumps.push(Jump {
                        key: *key,
                        access,
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

/// The position of a process in a log: its last operation there and the last message of that
/// operation, which is `None` if it was empty.
type Position<'a> = (&'a Event<'a>, Option<MessageId>);

/// Returns the jumps between consecutive operations of a process. Failed sends are ignored; polls
/// move the position of their process only if they succeeded. An assignment or a subscription
/// discards the positions in logs that it does not include.
fn between<'a>(analysis: &'a Analysis<'a>, access: Access) -> Vec<Jump<'a>> {
    let mut jumps = Vec::new();
    let mut processes = BTreeMap::<&Process, BTreeMap<KeyId, Position<'a>>>::new();
    for event in &analysis.events {
        if access == Access::Send && event.kind() == Kind::Fail {
            continue;
        }
        let positions = processes.entry(event.process()).or_default();
        if let Some(assigned) = &event.assigned {
            if event.kind() != Kind::Fail {
                positions.retain(|key, _| assigned.contains(key));
            }
            continue;
        }
        for (key, entries) in access.entries(event) {
            if let Some((before, Some(from))) = positions.get(key)
                && let Some(to) = entries.first()
            {
                let distance = analysis.logs.distance(*from, to.message);
                if distance != 1 {
                    jumps.push(Jump {
                        key: *key,
                        access,
                        from: *from,
                        to: to.message,
                        distance,
                        before,
                        after: event,
                    });
                }
            }
            if access == Access::Send || event.kind() == Kind::Ok {
                positions.insert(*key, (event, entries.last().map(|entry| entry.message)));
            }
        }
    }
    jumps
}

/// Returns the jumps forward, of which the largest are listed in ascending order.
fn skips(name: &'static str, jumps: &[Jump<'_>], analysis: &Analysis<'_>) -> Option<Anomaly> {
    let mut cases: Vec<Skip<'_>> = jumps.iter().filter_map(Skip::new).collect();
    cases.sort_by_key(|Skip(jump)| jump.distance);
    let shown = cases.iter().skip(cases.len().saturating_sub(LISTED));
    Anomaly::of(name, &cases, shown, analysis)
}

/// Returns the jumps backwards and the repetitions, of which the largest are listed in ascending
/// order.
fn backwards(name: &'static str, jumps: &[Jump<'_>], analysis: &Analysis<'_>) -> Option<Anomaly> {
    let mut cases: Vec<Backwards<'_>> = jumps.iter().filter_map(Backwards::new).collect();
    cases.sort_by_key(|Backwards(jump)| jump.distance);
    let shown = cases.iter().take(LISTED);
    Anomaly::of(name, &cases, shown, analysis)
}

struct Skip<'a>(&'a Jump<'a>);

struct Backwards<'a>(&'a Jump<'a>);

impl<'a> Skip<'a> {
    fn new(jump: &'a Jump<'a>) -> Option<Self> {
        (jump.distance > 1).then_some(Self(jump))
    }

    fn skipped(&self, analysis: &Analysis<'_>) -> Vec<MessageId> {
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

    /// Returns the one or two operations of the jump.
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
        let verb = self.access.name();
        let (from, to) = (analysis.message(self.from), analysis.message_value(self.to));
        let after = self.after.last().label();
        if self.is_within() {
            format!("{after} {verb} {from}, then {to}")
        } else {
            let before = self.before.last().label();
            format!("{before} ended with {from}, then {after} continued with {to}")
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
            "{}, skipping {}, which the log has in between",
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
