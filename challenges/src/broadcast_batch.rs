//! Broadcast in batches: what comes in during an interval is passed on together, by way of a hub.
//!
//! How it works: the first node is the hub. Once per interval each other node tells the hub what
//! its clients have told it since. These batches come in bursts, because all nodes began their
//! intervals when they were started; so the hub waits for a tenth of an interval after the first of
//! a burst, and then tells every other node what is new, once per interval as well.
//!
//! Why it is right: a batch is told again until it is acknowledged, which happens once the other
//! node has it. So every node has every message in the end if every partition heals. To be told
//! twice is harmless: the messages are a set, and the hub passes on only what is new to it.
//!
//! What it costs, with n nodes and an interval of t: per interval at most n - 1 batches to the hub
//! and n - 1 from it, each acknowledged, however many messages they hold; none while clients only
//! read. A message takes 0 to t until it leaves its node, two hops, and a tenth of t at the hub.
//!
//! What it does not promise: that messages survive the loss of a node's memory; that anything gets
//! through while the hub is cut off.

use mael::clap;
use mael::prelude::*;
use mael::time::{Duration, sleep};

/// A node that passes messages on in batches.
#[node]
pub struct BroadcastBatch {
    id: NodeId,
    nodes: Nodes,
    peers: Peers<BroadcastBatch>,
    flags: Flags<Options>,
    messages: RefCell<BTreeSet<u64>>,
    /// What is to be passed on.
    batch: RefCell<Vec<u64>>,
    /// Whether the hub has answered a burst, or is about to, since its last tick.
    answered: Cell<bool>,
}

/// Broadcast in batches, with retries until they are acknowledged.
#[derive(clap::Parser)]
pub struct Options {
    /// Milliseconds between two batches.
    #[arg(long, default_value_t = 340)]
    interval_ms: u64,
}

#[handlers]
impl BroadcastBatch {
    /// A client's message, for the next batch.
    #[handler(type = "broadcast")]
    fn broadcast(&self, message: u64) {
        self.collect([message]);
    }

    /// All messages that have come here.
    #[handler(type = "read", reply = "messages")]
    fn read(&self) -> BTreeSet<u64> {
        self.messages.borrow().clone()
    }

    /// A batch. The hub passes it on, with what others tell it in the same burst.
    #[handler(type = "broadcast_many")]
    async fn hear(&self, messages: Vec<u64>) {
        if self.id != *self.hub() {
            self.messages.borrow_mut().extend(messages);
        } else if self.collect(messages) && !self.answered.replace(true) {
            sleep(Duration::from_millis(self.flags.interval_ms / 10)).await;
            self.pass_on();
        }
    }

    /// The end of an interval.
    #[every(ms = self.flags.interval_ms)]
    fn tick(&self) {
        if !self.answered.replace(false) {
            self.pass_on();
        }
    }
}

impl BroadcastBatch {
    fn hub(&self) -> &NodeId {
        self.nodes.iter().next().unwrap_or(&self.id)
    }

    /// Puts what is new into the next batch. False if nothing is.
    fn collect(&self, messages: impl IntoIterator<Item = u64>) -> bool {
        let (mut known, mut batch) = (self.messages.borrow_mut(), self.batch.borrow_mut());
        batch.extend(
            messages
                .into_iter()
                .filter(|message| known.insert(*message)),
        );
        !batch.is_empty()
    }

    fn pass_on(&self) {
        let batch = self.batch.take();
        if batch.is_empty() {
            return;
        }
        let is_hub = self.id == *self.hub();
        for peer in self
            .peers
            .iter()
            .filter(|peer| is_hub || peer.id() == self.hub())
        {
            peer.hear(batch.clone()).retry().detach();
        }
    }
}
