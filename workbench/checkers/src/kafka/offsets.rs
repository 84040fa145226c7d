//! Offsets on which nodes disagree: several messages at one offset, or one message at several.

use std::collections::BTreeMap;

use mael_history::{Integer, Value};

use super::analysis::Analysis;
use super::anomaly::{Anomaly, Case};
use super::events::{KeyId, MessageId};

/// The maximum number of listed cases of each anomaly.
const LISTED: usize = 32;

/// `inconsistent-offsets`: different operations found different messages at an offset.
pub(super) fn inconsistent(analysis: &Analysis<'_>) -> Option<Anomaly> {
    let mut cases = Vec::new();
    for (key, log) in analysis.logs.by_key.iter().enumerate() {
        for (index, (offset, messages)) in log.offsets.iter().enumerate() {
            if messages.len() > 1 {
                cases.push(Inconsistent {
                    key,
                    offset,
                    index,
                    messages,
                });
            }
        }
    }
    cases.sort_by_key(|case| case.messages.len());
    let shown = cases.iter().take(LISTED);
    Anomaly::of("inconsistent-offsets", &cases, shown, analysis)
}

struct Inconsistent<'a> {
    key: KeyId,
    offset: &'a Integer,
    index: usize,
    messages: &'a [MessageId],
}

impl Case for Inconsistent<'_> {
    fn to_value(&self, analysis: &Analysis<'_>) -> Value {
        let messages = self.messages.iter().copied();
        let values = messages.map(|message| analysis.message_value(message));
        Value::map([
            ("key", analysis.key_value(self.key)),
            ("offset", self.offset.clone().into()),
            ("index", self.index.into()),
            ("values", Value::Set(values.collect())),
        ])
    }

    fn explain(&self, analysis: &Analysis<'_>) -> String {
        format!(
            "offset {} of {} holds different messages: {}, but {}",
            self.offset,
            analysis.key(self.key),
            analysis.evidence(self.offset, self.messages[0]),
            analysis.evidence(self.offset, self.messages[1]),
        )
    }

    fn size(&self) -> usize {
        self.messages.len()
    }
}

/// `duplicate`: a message is at several offsets.
pub(super) fn duplicate(analysis: &Analysis<'_>) -> Option<Anomaly> {
    let mut cases = Vec::new();
    for (key, log) in analysis.logs.by_key.iter().enumerate() {
        let mut offsets = BTreeMap::<MessageId, Vec<&Integer>>::new();
        for (offset, messages) in &log.offsets {
            for message in messages {
                offsets.entry(*message).or_default().push(*offset);
            }
        }
        offsets.retain(|_, offsets| offsets.len() > 1);
        cases.extend(offsets.into_iter().map(|(message, offsets)| Duplicate {
            key,
            message,
            offsets,
        }));
    }
    cases.sort_by_key(|case| case.offsets.len());
    let shown = cases.iter().take(LISTED);
    Anomaly::of("duplicate", &cases, shown, analysis)
}

struct Duplicate<'a> {
    key: KeyId,
    message: MessageId,
    offsets: Vec<&'a Integer>,
}

impl Case for Duplicate<'_> {
    fn to_value(&self, analysis: &Analysis<'_>) -> Value {
        let offsets = self.offsets.iter().map(|offset| (*offset).clone().into());
        Value::map([
            ("key", analysis.key_value(self.key)),
            ("value", analysis.message_value(self.message)),
            ("count", self.offsets.len().into()),
            ("offsets", Value::List(offsets.collect())),
        ])
    }

    fn explain(&self, analysis: &Analysis<'_>) -> String {
        format!(
            "{} is in the log more than once: {}, but {}",
            analysis.message(self.message),
            analysis.evidence(self.offsets[0], self.message),
            analysis.evidence(self.offsets[1], self.message),
        )
    }

    fn size(&self) -> usize {
        self.offsets.len()
    }
}
