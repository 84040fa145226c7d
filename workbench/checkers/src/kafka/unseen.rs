//! Messages that were acknowledged, and that nobody polled up to the end.

use std::collections::BTreeMap;

use mael_history::Value;

use super::analysis::Analysis;
use super::anomaly::Anomaly;
use super::events::{Key, Message};

/// How many messages of a key are listed.
const LISTED: usize = 32;

/// `unseen`: what is missing when the history ends.
///
/// The final polls begin at the start of every log, so that each acknowledged message must come up
/// in the end.
///
/// As on the original, a key is also reported if none of its sends was acknowledged and the very
/// last success is the first poll to show the key at all.
pub(super) fn unseen(analysis: &Analysis<'_>) -> Option<Anomaly> {
    let last = analysis.successes().last()?;
    let mut unseen = BTreeMap::<Key, Vec<Message>>::new();
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
    let by_key = |value: fn(&Analysis<'_>, &[Message]) -> Value| {
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

/// The key that lacks least, and how many others there are.
fn explain(analysis: &Analysis<'_>, unseen: &BTreeMap<Key, Vec<Message>>) -> String {
    let smallest = unseen.iter().min_by_key(|(_, messages)| messages.len());
    let Some((key, messages)) = smallest else {
        return String::new();
    };
    let example = messages[0];
    let mut text = match analysis.writer(example) {
        Some(writer) if analysis.reader(example).is_none() => format!(
            "{} was sent and acknowledged in {}, but nobody ever polled it",
            analysis.message(example),
            writer.last().label(),
        ),
        _ => format!(
            "{} was polled only by the last operation of all, and no send to the key was ever acknowledged",
            analysis.message(example),
        ),
    };
    if messages.len() > 1 {
        let more = messages.len() - 1;
        text += &format!(" (nor {more} more of {})", analysis.key(*key));
    }
    if unseen.len() > 1 {
        text += &format!("; {} keys in all lack messages", unseen.len());
    }
    text
}
