//! Messages for a node that has not been started yet.

use std::cell::RefCell;

use mael::protocol::Message;
use mael::time::Instant;

use super::network::Endpoint;

/// Stores messages for a node before its first start, which nodes that are already running may
/// send. They are delivered before its `init`, because a network without faults must not lose
/// messages.
#[derive(Default)]
pub(super) struct Inbox(RefCell<Vec<(u64, Message)>>);

impl Inbox {
    /// Delivers all messages, in the order in which they arrived.
    pub(super) fn empty_into(&self, now: Instant, endpoint: &dyn Endpoint) {
        for (id, message) in self.0.take() {
            endpoint.deliver(now, id, &message);
        }
    }
}

impl Endpoint for Inbox {
    fn deliver(&self, _: Instant, id: u64, message: &Message) {
        self.0.borrow_mut().push((id, message.clone()));
    }
}
