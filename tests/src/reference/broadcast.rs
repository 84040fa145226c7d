//! Broadcast: every message to every node, again and again until it is acknowledged.

use mael::clap::{self, ValueEnum};
use mael::prelude::*;

use super::Options;

/// A node that passes messages on.
#[node]
pub struct Broadcast {
    peers: Peers<Broadcast>,
    flags: Flags<Options<Bug>>,
    messages: RefCell<BTreeSet<u64>>,
}

/// What the node does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Bug {
    /// It tells the others nothing.
    KeepsToItself,
    /// It tells the others only once.
    TellsOnce,
    /// It acknowledges some messages of others without keeping them.
    Drops,
    /// It acknowledges some messages of clients without keeping them.
    Ignores,
    /// What another node tells takes the place of the newest message.
    Replaces,
}

#[handlers]
impl Broadcast {
    /// A client's message.
    #[handler]
    fn broadcast(&self, message: u64) {
        if self.flags.now_has(Bug::Ignores) {
            return;
        }
        self.messages.borrow_mut().insert(message);
        if self.flags.has(Bug::KeepsToItself) {
            return;
        }
        for peer in &self.peers {
            if self.flags.has(Bug::TellsOnce) {
                peer.tell(message).send();
            } else {
                peer.tell(message).retry().detach();
            }
        }
    }

    /// All messages that have come here.
    #[handler(reply = "messages")]
    fn read(&self) -> BTreeSet<u64> {
        self.messages.borrow().clone()
    }

    /// Another node's message.
    #[handler]
    fn tell(&self, message: u64) {
        if self.flags.now_has(Bug::Drops) {
            return;
        }
        let mut messages = self.messages.borrow_mut();
        if self.flags.now_has(Bug::Replaces) {
            messages.pop_last();
        }
        messages.insert(message);
    }
}
