//! The highest offset of each key that a client has received.

use std::collections::BTreeMap;

use mael_checkers::kafka::steps::{Step, steps};
use mael_history::{Integer, Kind, Operation, Value};

/// The highest offsets of one log that were returned by a `send` and by a `poll`. `None` if there
/// were none.
#[derive(Debug, Default)]
pub(super) struct LogOffsets {
    pub(super) sent: Option<Integer>,
    pub(super) polled: Option<Integer>,
}

impl LogOffsets {
    /// Returns the highest known offset.
    pub(super) fn highest(&self) -> Option<&Integer> {
        self.sent.as_ref().max(self.polled.as_ref())
    }
}

/// The known offsets of all logs, by key.
#[derive(Default)]
pub(super) struct Offsets(pub(super) BTreeMap<Value, LogOffsets>);

impl Offsets {
    /// Updates the offsets from an operation. Operations that did not succeed are ignored.
    pub(super) fn update(&mut self, operation: &Operation) {
        let has_offsets = matches!(&*operation.f, "send" | "poll");
        if operation.kind != Kind::Ok || !has_offsets {
            return;
        }
        for step in steps(&operation.value) {
            match step {
                Step::Send(key, (Some(offset), _)) => {
                    let log = self.0.entry(key.clone()).or_default();
                    raise(&mut log.sent, offset);
                }
                Step::Poll(key, messages) => {
                    let highest = messages.iter().filter_map(|(offset, _)| *offset).max();
                    if let Some(highest) = highest {
                        let log = self.0.entry(key.clone()).or_default();
                        raise(&mut log.polled, highest);
                    }
                }
                Step::Send(..) => {}
            }
        }
    }
}

/// Replaces `highest` if `offset` is higher.
fn raise(highest: &mut Option<Integer>, offset: &Integer) {
    if highest.as_ref() < Some(offset) {
        *highest = Some(offset.clone());
    }
}
