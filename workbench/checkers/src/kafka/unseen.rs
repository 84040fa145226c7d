//! Messages that were acknowledged but never polled.

use std::collections::BTreeMap;

use mael_history::Value;

use super::analysis::Analysis;
use super::anomaly::Anomaly;
use super::events::{KeyId, MessageId};

/// The maximum number of listed messages of a key.
const LISTED: usize = 32;

/// `unseen`: messages that were not polled by the end of the history.
///
/// The final polls start at the beginning of every log, so they must return each acknowledged
/// message.
///
/// As in Jepsen, a key is also reported if none of its sends was acknowledged and the very last
/// successful operation is the first poll of the key.
pub(super) fn unseen(analysis: &Analysis<'_>) -> Option<Anomaly> {
    let last = analysis.successes().last()?;
    let mut unseen = BTreeMap::<KeyId, Vec<MessageId>>::new();
    let mut shown_before = vec![false; analysis.names.keys()];
    for event in analysis.successes() {
        for (key, sent) in &event.sent {
            shown_before[*key] = true;
            let missing = sent.iter().map(|entry| entry.message);
            let missing = missing.filter(|message| analysis.reader(*message).is_none());
            unseen.entry(*key).or_default().extend(missing);
        }
        let is_last = std::ptr::eq(event, last);
        for (key, polled) in &event.polled {
            if is_last && !shown_before[*key] {
                let messages = polled.iter().map(|entry| entry.message);
                unseen.entry(*key).or_default().extend(messages);
            }
            shown_before[*key] = true;
        }
    }
    for messages in unseen.values_mut() {
        messages.sort_by_key(|message| analysis.names.message_value(*message));
        messages.dedup();
    }
    unseen.retain(|_, messages| !messages.is_empty());
    if unseen.is_empty() {
        return None;
    }
    let by_key = |value: fn(&Analysis<'_>, &[MessageId]) -> Value| {
        let entries = unseen
            .iter()
            .map(|(key, messages)| (analysis.key_value(*key), value(analysis, messages)));
        Value::Map(entries.collect())
    };
    Some(Anomaly {
        name: "unseen",
        result: Value::map([
            ("time", last.last().time.into()),
            ("unseen", by_key(|_, messages| messages.len().into())),
            (
                "messages",
                by_key(|analysis, messages| {
                    analysis.message_values(messages.iter().copied().take(LISTED))
                }),
            ),
        ]),
        explanation: explain(analysis, &unseen),
    })
}

/// Explains the key with the fewest unseen messages, and counts the others.
fn explain(analysis: &Analysis<'_>, unseen: &BTreeMap<KeyId, Vec<MessageId>>) -> String {
    let smallest = unseen.iter().min_by_key(|(_, messages)| messages.len());
    let Some((key, messages)) = smallest else {
        return String::new();
    };
    let example = messages[0];
    let mut text = match analysis.writer(example) {
        Some(writer) if analysis.reader(example).is_none() => format!(
            "{} was sent and acknowledged in {}, but it was never polled",
            analysis.message(example),
            writer.last().label(),
        ),
        _ => format!(
            "{} was polled only by the last operation of the history, and no send to the key was acknowledged",
            analysis.message(example),
        ),
    };
    if messages.len() > 1 {
        let more = messages.len() - 1;
        text += &format!(" (nor {more} more of {})", analysis.key(*key));
    }
    if unseen.len() > 1 {
        text += &format!("; {} keys in total have unseen messages", unseen.len());
    }
    text
}
