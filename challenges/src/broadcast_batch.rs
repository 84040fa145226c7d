//! Broadcast in batches: a hub collects messages, and forwards those of an interval together.
//!
//! How it works: the first node is the hub. Every other node forwards the messages of its clients
//! to the hub at once. Once per interval, the hub sends all other nodes a batch of the messages
//! that are new since the last batch. A message that comes back in a batch confirms to its node
//! that the hub has it. A node sends a message to the hub again if it is not confirmed in time.
//!
//! Why it is correct: a node sends a message until the hub confirms it, and the hub sends a batch
//! until the other node acknowledges it. So all nodes receive all messages once partitions heal.
//! Duplicates are harmless: the messages are a set, and the hub forwards only new messages.
//!
//! Cost, with n nodes and an interval of t: per broadcast, one message to the hub, which is not
//! acknowledged separately; per interval with new messages, n - 1 batches and as many
//! acknowledgements, regardless of the number of messages. A message takes two hops, and 0 to t in
//! between. Only the hub's timer matters, so the latency does not depend on when the nodes started.
//!
//! Limitations: messages are lost when all nodes that have received them lose their memory, and no
//! message is forwarded while the hub is partitioned from the others.

use mael::clap;
use mael::prelude::*;
use mael::time::{self, Duration, Instant};

/// The time in addition to an interval that a node waits for the hub to confirm a message. It is
/// longer than a round trip to the hub.
const CONFIRMATION_TIMEOUT: Duration = Duration::from_secs(1);

/// A node that broadcasts messages in batches.
#[node]
pub struct BroadcastBatch {
    id: NodeId,
    nodes: Nodes,
    peers: Peers<BroadcastBatch>,
    flags: Flags<Options>,
    messages: RefCell<BTreeSet<u64>>,
    /// On the hub: the messages that are new since the last batch.
    batch: RefCell<BTreeSet<u64>>,
    /// On other nodes: the messages that the hub has not confirmed, and when they were last sent.
    unconfirmed: RefCell<BTreeMap<u64, Instant>>,
}

/// Broadcast in batches, with retries until they are acknowledged.
#[derive(clap::Parser)]
pub struct Options {
    /// Milliseconds between two batches
    #[arg(long, default_value_t = 280)]
    interval_ms: u64,
}

#[handlers]
impl BroadcastBatch {
    /// Stores a client's message, and forwards it to the hub.
    #[handler(type = "broadcast")]
    fn broadcast(&self, message: u64) {
        if self.id == *self.hub() {
            self.collect(BTreeSet::from([message]));
        } else if self.messages.borrow_mut().insert(message) {
            self.send_to_hub(BTreeSet::from([message]));
        }
    }

    /// Returns all messages received so far.
    #[handler(type = "read", reply = "messages")]
    fn read(&self) -> BTreeSet<u64> {
        self.messages.borrow().clone()
    }

    /// On the hub: adds new messages of another node to the next batch.
    #[handler(oneway)]
    fn collect(&self, messages: BTreeSet<u64>) {
        let mut known = self.messages.borrow_mut();
        let new = messages
            .into_iter()
            .filter(|message| known.insert(*message));
        self.batch.borrow_mut().extend(new);
    }

    /// Stores a batch from the hub, which also confirms messages of this node.
    #[handler(type = "broadcast_many")]
    fn receive(&self, messages: BTreeSet<u64>) {
        let mut unconfirmed = self.unconfirmed.borrow_mut();
        unconfirmed.retain(|message, _| !messages.contains(message));
        self.messages.borrow_mut().extend(messages);
    }

    /// At the end of an interval, sends the batch on the hub, and overdue messages again on other
    /// nodes.
    #[every(ms = self.flags.interval_ms)]
    fn tick(&self) {
        let batch = self.batch.take();
        if !batch.is_empty() {
            for peer in &self.peers {
                peer.receive(batch.clone()).retry().detach();
            }
        }
        let overdue = self.overdue();
        if !overdue.is_empty() {
            self.send_to_hub(overdue);
        }
    }
}

impl BroadcastBatch {
    fn hub(&self) -> &NodeId {
        self.nodes.iter().next().unwrap_or(&self.id)
    }

    fn send_to_hub(&self, messages: BTreeSet<u64>) {
        let sent = messages.iter().map(|message| (*message, time::now()));
        self.unconfirmed.borrow_mut().extend(sent);
        self.peers.client(self.hub()).collect(messages).send();
    }

    /// Returns the messages that the hub has not confirmed in time.
    fn overdue(&self) -> BTreeSet<u64> {
        let timeout = Duration::from_millis(self.flags.interval_ms) + CONFIRMATION_TIMEOUT;
        let unconfirmed = self.unconfirmed.borrow();
        let is_overdue = |sent: &Instant| time::now().since(*sent) > timeout;
        let overdue = unconfirmed.iter().filter(|(_, sent)| is_overdue(sent));
        overdue.map(|(message, _)| *message).collect()
    }
}
