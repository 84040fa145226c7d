//! Messages that were passed over: acknowledged, followed by others that were polled, and never
//! polled themselves.

use mael_history::Value;

use super::analysis::Analysis;
use super::anomaly::{Anomaly, Case};
use super::events::{Event, Key, Message};

/// How many cases are shown.
const SHOWN: usize = 32;

/// `lost-write`: someone polled this far, and nobody ever polled this.
///
/// How far is the highest *first* index of all messages that were polled; what is at or below it
/// counts by its *last* index: so that a message at several offsets, which is another anomaly, does
/// not count as lost for one of them.
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
    let shown = cases.iter().take(SHOWN);
    Anomaly::of("lost-write", &cases, shown, analysis)
}

struct LostWrite<'a> {
    key: Key,
    message: Message,
    writer: &'a Event<'a>,
    /// The message that was polled and stands furthest in the log.
    furthest: Message,
    /// Where it stands.
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
        let place = |message: Message| {
            let index = analysis.logs.first(message)?;
            Some(analysis.logs.by_key[self.key].offsets[index].0)
        };
        let offset = |message| place(message).map_or("no offset".to_owned(), |it| it.to_string());
        let reader = analysis.reader(self.furthest);
        format!(
            "{} is lost: {} sent it to offset {}, nobody ever polled it, and yet {} polled {} at offset {}",
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
