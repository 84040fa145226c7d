//! The highest offset of each key that clients were told of.

use std::collections::BTreeMap;

use mael_checkers::kafka::steps::{Step, steps};
use mael_history::{Integer, Kind, Operation, Value};

/// How far a key's log is known to reach, and how far it was polled; None is not at all.
#[derive(Debug, Default)]
pub(super) struct Reach {
    pub(super) sent: Option<Integer>,
    pub(super) polled: Option<Integer>,
}

impl Reach {
    /// The highest offset that is known.
    pub(super) fn highest(&self) -> Option<&Integer> {
        self.sent.as_ref().max(self.polled.as_ref())
    }
}

/// What is known of the logs, by key.
#[derive(Default)]
pub(super) struct Offsets(pub(super) BTreeMap<Value, Reach>);

impl Offsets {
    /// Takes in what an operation says; only those that succeeded do.
    pub(super) fn learn(&mut self, operation: &Operation) {
        let tells = matches!(&*operation.f, "send" | "poll");
        if operation.kind != Kind::Ok || !tells {
            return;
        }
        for step in steps(&operation.value) {
            match step {
                Step::Send(key, (Some(offset), _)) => {
                    let reach = self.0.entry(key.clone()).or_default();
                    raise(&mut reach.sent, offset);
                }
                Step::Poll(key, messages) => {
                    let highest = messages.iter().filter_map(|(offset, _)| *offset).max();
                    if let Some(highest) = highest {
                        let reach = self.0.entry(key.clone()).or_default();
                        raise(&mut reach.polled, highest);
                    }
                }
                Step::Send(..) => {}
            }
        }
    }
}

/// Makes an offset the highest one, if it is.
fn raise(highest: &mut Option<Integer>, offset: &Integer) {
    if highest.as_ref() < Some(offset) {
        *highest = Some(offset.clone());
    }
}
