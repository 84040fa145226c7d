//! Messages that arrive before `init` is answered.

use crate::executor::logger;
use crate::protocol::{Message, MsgId};
use crate::{Error, NodeId};

/// How many messages are queued until `init` is answered; further ones are dropped with a warning.
pub const PRE_INIT_MESSAGES: usize = 10_000;

/// How many bytes of message bodies are queued until `init` is answered.
pub const PRE_INIT_BYTES: usize = 64 * 1024 * 1024;

/// Messages that are queued until `init` is answered.
#[derive(Default)]
pub(super) struct PreInitQueue {
    pub(super) messages: Vec<QueuedMessage>,
    bytes: usize,
    pub(super) dropped: usize,
}

/// A message in the queue.
pub(super) enum QueuedMessage {
    /// To be handled.
    WellFormed(Message),
    /// To be answered with this error.
    Malformed(NodeId, MsgId, Error),
}

impl PreInitQueue {
    pub(super) fn push(&mut self, message: QueuedMessage) {
        let bytes = match &message {
            QueuedMessage::WellFormed(message) => message.body.get().len(),
            QueuedMessage::Malformed(_, _, error) => error.text.len(),
        };
        if self.messages.len() < PRE_INIT_MESSAGES && self.bytes + bytes <= PRE_INIT_BYTES {
            self.bytes += bytes;
            self.messages.push(message);
        } else {
            self.dropped += 1;
        }
    }

    pub(super) fn warn_of_dropped(&self) {
        if self.dropped > 0 {
            logger::warn(format_args!(
                "dropped {} messages that arrived before `init` was answered: at most \
                 {PRE_INIT_MESSAGES} messages and {PRE_INIT_BYTES} bytes are queued",
                self.dropped
            ));
        }
    }
}
