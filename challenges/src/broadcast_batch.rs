//! Broadcast in batches: a hub collects messages, and passes on together what came in during an
//! interval.
//!
//! How it works: the first node is the hub. Every other node sends the hub what its clients
//! broadcast, at once. Once per interval the hub sends all other nodes a batch: whatever is new
//! since the last one. A node whose own message comes back in a batch knows that the hub has it; if
//! that takes too long, it sends the message again.
//!
//! Why it is right: a node sends a message until the hub confirms it, and the hub sends a batch
//! until the other node acknowledges it. So every node has every message in the end if every
//! partition heals. To receive one twice is harmless: the messages are a set, and the hub passes on
//! only what is new to it.
//!
//! What it costs, with n nodes and an interval of t: for each broadcast one message to the hub,
//! which needs no acknowledgement since the batch is one; per interval n - 1 batches and as many
//! acknowledgements, however many messages they hold; none while clients only read. A message takes
//! two hops, and 0 to t between them. Only the hub's timer matters, so it takes no longer when the
//! nodes started at other moments.
//!
//! What it does not promise: that messages survive the loss of a node's memory; that anything gets
//! through while the hub is cut off.

use mael::clap;
use mael::prelude::*;
use mael::time::{self, Duration, Instant};

/// How much longer than an interval a node waits for the hub to confirm a message: more than the
/// round trip to the hub and back.
const CONFIRMATION_TIMEOUT: Duration = Duration::from_secs(1);

/// A node that passes messages on in batches.
#[node]
pub struct BroadcastBatch {
    id: NodeId,
    nodes: Nodes,
    peers: Peers<BroadcastBatch>,
    flags: Flags<Options>,
    messages: RefCell<BTreeSet<u64>>,
    /// Of the hub: what is new since the last batch.
    batch: RefCell<BTreeSet<u64>>,
    /// Of any other node: what the hub has not confirmed, and when it was sent last.
    unconfirmed: RefCell<BTreeMap<u64, Instant>>,
}

/// Broadcast in batches, with retries until they are acknowledged.
#[derive(clap::Parser)]
pub struct Options {
    /// Milliseconds between two batches.
    #[arg(long, default_value_t = 280)]
    interval_ms: u64,
}

#[handlers]
impl BroadcastBatch {
    /// A client's message, which goes to the hub.
    #[handler(type = "broadcast")]
    fn broadcast(&self, message: u64) {
        if self.id == *self.hub() {
            self.collect(BTreeSet::from([message]));
        } else if self.messages.borrow_mut().insert(message) {
            self.send_to_hub(BTreeSet::from([message]));
        }
    }

    /// All messages that have come here.
    #[handler(type = "read", reply = "messages")]
    fn read(&self) -> BTreeSet<u64> {
        self.messages.borrow().clone()
    }

    /// What another node's clients broadcast: the hub puts what is new into its next batch.
    #[handler(oneway)]
    fn collect(&self, messages: BTreeSet<u64>) {
        let mut known = self.messages.borrow_mut();
        let new = messages
            .into_iter()
            .filter(|message| known.insert(*message));
        self.batch.borrow_mut().extend(new);
    }

    /// A batch of the hub, which confirms what this node has sent.
    #[handler(type = "broadcast_many")]
    fn receive(&self, messages: BTreeSet<u64>) {
        let mut unconfirmed = self.unconfirmed.borrow_mut();
        unconfirmed.retain(|message, _| !messages.contains(message));
        self.messages.borrow_mut().extend(messages);
    }

    /// The end of an interval: the hub sends its batch, and other nodes send again what is overdue.
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

    /// What the hub should have confirmed by now.
    fn overdue(&self) -> BTreeSet<u64> {
        let timeout = Duration::from_millis(self.flags.interval_ms) + CONFIRMATION_TIMEOUT;
        let unconfirmed = self.unconfirmed.borrow();
        let is_overdue = |sent: &Instant| time::now().since(*sent) > timeout;
        let overdue = unconfirmed.iter().filter(|(_, sent)| is_overdue(sent));
        overdue.map(|(message, _)| *message).collect()
    }
}
