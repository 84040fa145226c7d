//! Broadcast, immediate: forward on receipt, and repeat until it is acknowledged.
//!
//! How it works: the node that a client tells a message tells it to all other nodes at once, each
//! node being the root of a tree of its own with all others as its children. With `--topology` a
//! message goes to the neighbours that the bench names, and from each to its own.
//!
//! Why it is right: a message is told again until it is acknowledged, which happens once the other
//! node has it. So every node has it in the end if every partition heals. To be told twice is
//! harmless: the messages are a set, and only what is new is passed on.
//!
//! What it costs: n - 1 messages and as many acknowledgements per broadcast, one hop; none per
//! read. With `--topology`, two for each link and direction that a message takes.
//!
//! What it does not promise: that messages survive the loss of a node's memory.

use mael::clap;
use mael::prelude::*;

/// A node that passes messages on.
#[node]
pub struct Broadcast {
    peers: Peers<Broadcast>,
    flags: Flags<Options>,
    messages: RefCell<BTreeSet<u64>>,
}

/// Broadcast, with retries until it is acknowledged.
#[derive(clap::Parser)]
pub struct Options {
    /// Pass messages on along the bench's topology, instead of from the first node to all.
    #[arg(long)]
    topology: bool,
}

#[handlers]
impl Broadcast {
    /// A client's message, told to the other nodes.
    #[handler(type = "broadcast")]
    fn broadcast(&self, message: u64) {
        if self.messages.borrow_mut().insert(message) {
            self.tell(message);
        }
    }

    /// All messages that have come here.
    #[handler(type = "read", reply = "messages")]
    fn read(&self) -> BTreeSet<u64> {
        self.messages.borrow().clone()
    }

    /// Another node's message.
    #[handler(type = "tell")]
    fn hear(&self, message: u64) {
        if self.messages.borrow_mut().insert(message) && self.flags.topology {
            self.tell(message);
        }
    }
}

impl Broadcast {
    fn tell(&self, message: u64) {
        let children = match self.flags.topology {
            true => self.peers.neighbours(),
            false => self.peers.iter().collect(),
        };
        for child in children {
            child.hear(message).retry().detach();
        }
    }
}
