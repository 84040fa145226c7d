//! What arrives before requests can be handled.

use crate::executor::logger;
use crate::protocol::{Message, MsgId};
use crate::{Error, NodeId};

/// How many messages are kept for after `init`; further ones are dropped and reported.
pub const EARLY_MESSAGES: usize = 10_000;

/// How many bytes of message bodies are kept for after `init`.
pub const EARLY_BYTES: usize = 64 * 1024 * 1024;

/// Messages that are kept for later.
#[derive(Default)]
pub(super) struct Early {
    pub(super) arrivals: Vec<Arrival>,
    bytes: usize,
    pub(super) dropped: usize,
}

/// A message that is kept for later.
pub(super) enum Arrival {
    Message(Message),
    Malformed(NodeId, MsgId, Error),
}

impl Early {
    pub(super) fn keep(&mut self, arrival: Arrival) {
        let bytes = match &arrival {
            Arrival::Message(message) => message.body.get().len(),
            Arrival::Malformed(_, _, error) => error.text.len(),
        };
        if self.arrivals.len() < EARLY_MESSAGES && self.bytes + bytes <= EARLY_BYTES {
            self.bytes += bytes;
            self.arrivals.push(arrival);
        } else {
            self.dropped += 1;
        }
    }

    pub(super) fn report_dropped(&self) {
        if self.dropped > 0 {
            logger::warn(format_args!(
                "dropped {} messages before `init`: at most {EARLY_MESSAGES} messages and \
                 {EARLY_BYTES} bytes are kept",
                self.dropped
            ));
        }
    }
}
