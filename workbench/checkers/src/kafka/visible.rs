//! Messages that should not have been polled.

use mael_history::{Kind, Value};

use super::analysis::Analysis;
use super::anomaly::{Anomaly, Case};
use super::events::{Event, KeyId, MessageId};

/// The maximum number of listed cases of each anomaly.
const LISTED: usize = 32;

/// A message that an operation polled.
struct Poll<'a> {
    key: KeyId,
    message: MessageId,
    reader: &'a Event<'a>,
    writer: Option<&'a Event<'a>>,
}

/// `G1a`: an operation polled a message whose send failed.
///
/// Source: Adya, "Weak Consistency", 1999, section 4.2.2 (aborted reads).
pub(super) fn aborted(analysis: &Analysis<'_>) -> Option<Anomaly> {
    let failed = |writer: Option<&Event<'_>>| writer.is_some_and(|it| it.kind() == Kind::Fail);
    let polls: Vec<_> = polls(analysis).filter(|it| failed(it.writer)).collect();
    let cases: Vec<Aborted<'_>> = polls.into_iter().map(Aborted).collect();
    let shown = cases.iter().take(LISTED);
    Anomaly::of("G1a", &cases, shown, analysis)
}

/// `garbage-read`: an operation polled a message that no client sent.
///
/// Maelstrom's checker fails on such a history. The name is from Kingsbury and Alvaro, "Elle", VLDB
/// 2020.
pub(super) fn garbage(analysis: &Analysis<'_>) -> Option<Anomaly> {
    let polls: Vec<_> = polls(analysis).filter(|it| it.writer.is_none()).collect();
    let cases: Vec<Garbage<'_>> = polls.into_iter().map(Garbage).collect();
    let shown = cases.iter().take(LISTED);
    Anomaly::of("garbage-read", &cases, shown, analysis)
}

/// Returns everything that was certainly polled, in order.
fn polls<'a>(analysis: &'a Analysis<'a>) -> impl Iterator<Item = Poll<'a>> {
    analysis.successes().flat_map(move |reader| {
        let by_key = reader.polled.iter();
        let polled = by_key.flat_map(|(key, entries)| entries.iter().map(|it| (*key, it.message)));
        polled.map(move |(key, message)| Poll {
            key,
            message,
            reader,
            writer: analysis.writer(message),
        })
    })
}

struct Aborted<'a>(Poll<'a>);

impl Case for Aborted<'_> {
    fn to_value(&self, analysis: &Analysis<'_>) -> Value {
        self.0.to_value(analysis)
    }

    fn explain(&self, analysis: &Analysis<'_>) -> String {
        let writer = self.0.writer.map(|writer| writer.last().label());
        format!(
            "{} polled {}, but {} failed to send it",
            self.0.reader.last().label(),
            analysis.message(self.0.message),
            writer.unwrap_or_default(),
        )
    }

    fn size(&self) -> usize {
        self.0.size()
    }
}

struct Garbage<'a>(Poll<'a>);

impl Case for Garbage<'_> {
    fn to_value(&self, analysis: &Analysis<'_>) -> Value {
        self.0.to_value(analysis)
    }

    fn explain(&self, analysis: &Analysis<'_>) -> String {
        format!(
            "{} polled {}, which no client sent",
            self.0.reader.last().label(),
            analysis.message(self.0.message),
        )
    }

    fn size(&self) -> usize {
        self.0.size()
    }
}

impl Poll<'_> {
    fn to_value(&self, analysis: &Analysis<'_>) -> Value {
        let writer = self.writer.map(|writer| writer.last().to_value());
        Value::map([
            ("key", analysis.key_value(self.key)),
            ("value", analysis.message_value(self.message)),
            ("writer", writer.into()),
            ("reader", self.reader.last().to_value()),
        ])
    }

    fn size(&self) -> usize {
        self.reader.polled.values().map(Vec::len).sum()
    }
}

/// `precommitted-read`: an operation polled a message that it sent itself. There is at most one
/// case for each operation.
pub(super) fn precommitted(analysis: &Analysis<'_>) -> Option<Anomaly> {
    let cases: Vec<Precommitted<'_>> = analysis.events.iter().filter_map(own).collect();
    let shown = cases.iter().take(LISTED);
    Anomaly::of("precommitted-read", &cases, shown, analysis)
}

struct Precommitted<'a> {
    key: KeyId,
    message: MessageId,
    event: &'a Event<'a>,
}

fn own<'a>(event: &'a Event<'a>) -> Option<Precommitted<'a>> {
    event.sent.iter().find_map(|(key, sent)| {
        let polled = event.polled.get(key)?;
        let own = |sent: &MessageId| polled.iter().any(|entry| entry.message == *sent);
        let message = sent.iter().map(|entry| entry.message).find(own)?;
        Some(Precommitted {
            key: *key,
            message,
            event,
        })
    })
}

impl Case for Precommitted<'_> {
    fn to_value(&self, analysis: &Analysis<'_>) -> Value {
        Value::map([
            ("op", self.event.last().to_value()),
            ("key", analysis.key_value(self.key)),
            ("value", analysis.message_value(self.message)),
        ])
    }

    fn explain(&self, analysis: &Analysis<'_>) -> String {
        format!(
            "{} polled {}, which it sent itself",
            self.event.last().label(),
            analysis.message(self.message),
        )
    }

    fn size(&self) -> usize {
        self.event.sent.len()
    }
}
