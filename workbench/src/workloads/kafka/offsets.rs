//! The highest offset of each key that clients were told of.

use std::collections::BTreeMap;

use super::steps::{Step, steps};
use crate::Value;
use crate::history::{Kind, Operation};

/// How far a key's log is known to reach, and how far it was polled; None is not at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reach {
    pub(super) sent: Option<i128>,
    pub(super) polled: Option<i128>,
}

impl Reach {
    /// The highest offset that is known.
    pub(super) fn highest(self) -> Option<i128> {
        self.sent.max(self.polled)
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
                    reach.sent = reach.sent.max(Some(offset));
                }
                Step::Poll(key, messages) => {
                    let highest = messages.iter().filter_map(|(offset, _)| *offset).max();
                    if highest.is_some() {
                        let reach = self.0.entry(key.clone()).or_default();
                        reach.polled = reach.polled.max(highest);
                    }
                }
                Step::Send(..) => {}
            }
        }
    }
}
