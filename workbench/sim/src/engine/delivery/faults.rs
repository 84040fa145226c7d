//! Which messages are lost and which are doubled: recorded as they are drawn, or as a script says.

use std::collections::BTreeMap;

use mael::protocol::Message;

use crate::engine::script::{Fate, LinkFault};

/// The fates of the messages between servers, by their number on their link.
#[derive(Default)]
pub(super) struct Fates {
    /// How many messages each link has had.
    counts: BTreeMap<(String, String), u64>,
    /// What a script says, if there is one.
    script: Option<BTreeMap<(String, String, u64), Fate>>,
    met: Vec<LinkFault>,
}

impl Fates {
    /// Fates that are drawn, or those of a script.
    pub(super) fn new(script: Option<&[LinkFault]>) -> Self {
        let entry = |fault: &LinkFault| {
            let LinkFault {
                src,
                dest,
                number,
                fate,
            } = fault;
            ((src.clone(), dest.clone(), *number), *fate)
        };
        Self {
            script: script.map(|faults| faults.iter().map(entry).collect()),
            ..Self::default()
        }
    }

    /// The fate of the next message of a link: the one that was drawn, unless there is a script.
    pub(super) fn of(&mut self, message: &Message, drawn: Option<Fate>) -> Option<Fate> {
        let (src, dest) = (message.src.to_string(), message.dest.to_string());
        let count = self.counts.entry((src.clone(), dest.clone())).or_default();
        let number = *count;
        *count += 1;
        let fate = match &self.script {
            Some(script) => script.get(&(src.clone(), dest.clone(), number)).copied(),
            None => drawn,
        };
        self.met.extend(fate.map(|fate| LinkFault {
            src,
            dest,
            number,
            fate,
        }));
        fate
    }

    /// Delivers every message just once from now on.
    pub(super) fn rest(&mut self) {
        self.script = Some(BTreeMap::new());
    }

    /// The messages so far that were not delivered just once.
    pub(super) fn take_met(&mut self) -> Vec<LinkFault> {
        std::mem::take(&mut self.met)
    }
}
