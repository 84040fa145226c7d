//! Decides which messages are dropped and which are duplicated, at random or by a schedule.

use std::collections::BTreeMap;

use mael::protocol::Message;

use crate::engine::schedule::{DeliveryFault, LinkFault};

/// The faults of messages between servers. A message is identified by its number on its link.
#[derive(Default)]
pub(super) struct MessageFaults {
    /// How many messages have been sent on each link.
    counts: BTreeMap<(String, String), u64>,
    /// The faults of a schedule, if there is one.
    schedule: Option<BTreeMap<(String, String, u64), DeliveryFault>>,
    injected: Vec<LinkFault>,
}

impl MessageFaults {
    /// Uses drawn faults, or those of a schedule.
    pub(super) fn new(schedule: Option<&[LinkFault]>) -> Self {
        let entry = |fault: &LinkFault| {
            let LinkFault {
                src,
                dest,
                number,
                fault,
            } = fault;
            ((src.clone(), dest.clone(), *number), *fault)
        };
        Self {
            schedule: schedule.map(|faults| faults.iter().map(entry).collect()),
            ..Self::default()
        }
    }

    /// Returns the fault of the next message on a link: the drawn one, unless there is a schedule.
    pub(super) fn next(
        &mut self,
        message: &Message,
        drawn: Option<DeliveryFault>,
    ) -> Option<DeliveryFault> {
        let (src, dest) = (message.src.to_string(), message.dest.to_string());
        let count = self.counts.entry((src.clone(), dest.clone())).or_default();
        let number = *count;
        *count += 1;
        let fault = match &self.schedule {
            Some(schedule) => schedule.get(&(src.clone(), dest.clone(), number)).copied(),
            None => drawn,
        };
        self.injected.extend(fault.map(|fault| LinkFault {
            src,
            dest,
            number,
            fault,
        }));
        fault
    }

    /// Stops injecting faults.
    pub(super) fn stop(&mut self) {
        self.schedule = Some(BTreeMap::new());
    }

    /// Takes the faults that have been injected so far.
    pub(super) fn take_injected(&mut self) -> Vec<LinkFault> {
        std::mem::take(&mut self.injected)
    }
}
