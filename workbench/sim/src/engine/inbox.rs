//! Messages to a node that has not been started yet.

use std::cell::RefCell;

use mael::protocol::Message;
use mael::time::Instant;

use super::network::Endpoint;

/// Keeps what is sent to a node before it is started for the first time. Nodes that are up already
/// may send it something, which it then finds before its `init`. Without this a network without
/// faults would lose messages.
#[derive(Default)]
pub(super) struct Inbox(RefCell<Vec<(u64, Message)>>);

impl Inbox {
    /// Hands over all messages, in the order in which they arrived.
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
