//! Lost writes: messages that were acknowledged but never polled, although later messages of the
//! log were.

use mael_history::Value;

use super::analysis::Analysis;
use super::anomaly::{Anomaly, Case};
use super::events::{Event, KeyId, MessageId};

/// The maximum number of listed cases.
const LISTED: usize = 32;

/// `lost-write`: a message was polled that comes later in the log, but this one never was.
///
/// The bound is the highest *first* index of all polled messages; a message is at or below it by
/// its *last* index. So a message at several offsets, which is another anomaly, does not count as
/// lost at one of them.
pub(super) fn lost_writes(analysis: &Analysis<'_>) -> Option<Anomaly> {
    let logs = &analysis.logs;
    let mut cases = Vec::new();
    for (key, log) in logs.by_key.iter().enumerate() {
        let polled = log.offsets.iter().flat_map(|(_, messages)| messages);
        let polled = polled.filter(|message| analysis.reader(**message).is_some());
        let furthest = polled.max_by_key(|message| logs.first(**message));
        let Some((furthest, bound)) = furthest.and_then(|it| Some((*it, logs.first(*it)?))) else {
            continue;
        };
        for (index, (_, messages)) in log.offsets.iter().take(bound + 1).enumerate() {
            for message in messages {
                let Some(writer) = analysis.writer(*message) else {
                    continue;
                };
                if logs.last(*message) == Some(index)
                    && analysis.reader(*message).is_none()
                    && analysis.committed(writer)
                {
                    cases.push(LostWrite {
                        key,
                        message: *message,
                        writer,
                        furthest,
                        bound,
                    });
                }
            }
        }
    }
    let shown = cases.iter().take(LISTED);
    Anomaly::of("lost-write", &cases, shown, analysis)
}

struct LostWrite<'a> {
    key: KeyId,
    message: MessageId,
    writer: &'a Event<'a>,
    /// The polled message that is furthest in the log.
    furthest: MessageId,
    /// Its index.
    bound: usize,
}

impl Case for LostWrite<'_> {
    fn to_value(&self, analysis: &Analysis<'_>) -> Value {
        let reader = analysis.reader(self.furthest);
        Value::map([
            ("key", analysis.key_value(self.key)),
            ("value", analysis.message_value(self.message)),
            ("index", analysis.logs.first(self.message).into()),
            ("max-read-index", self.bound.into()),
            ("writer", self.writer.last().to_value()),
            (
                "max-read",
                reader.map(|reader| reader.last().to_value()).into(),
            ),
        ])
    }

    fn explain(&self, analysis: &Analysis<'_>) -> String {
        let place = |message: MessageId| {
            let index = analysis.logs.first(message)?;
            Some(analysis.logs.by_key[self.key].offsets[index].0)
        };
        let offset = |message| place(message).map_or("no offset".to_owned(), |it| it.to_string());
        let reader = analysis.reader(self.furthest);
        format!(
            "{} is lost: {} sent it to offset {} and it was never polled, although {} polled {} at offset {}",
            analysis.message(self.message),
            self.writer.last().label(),
            offset(self.message),
            reader
                .map(|reader| reader.last().label())
                .unwrap_or_default(),
            analysis.message_value(self.furthest),
            offset(self.furthest),
        )
    }

    fn size(&self) -> usize {
        self.bound
    }
}
