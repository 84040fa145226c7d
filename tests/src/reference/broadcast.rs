//! Broadcast: sends every message to every node and retries until it is acknowledged.

use mael::clap::{self, ValueEnum};
use mael::prelude::*;

use super::Options;

/// A node that forwards messages to its peers.
#[node]
pub struct Broadcast {
    peers: Peers<Broadcast>,
    flags: Flags<Options<Bug>>,
    messages: RefCell<BTreeSet<u64>>,
}

/// The bugs of the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Bug {
    /// It sends nothing to its peers.
    NeverGossips,
    /// It sends each message to its peers once, without retrying.
    SendsOnce,
    /// It acknowledges some messages from peers without storing them.
    DropsGossip,
    /// It acknowledges some messages from clients without storing them.
    DropsBroadcasts,
    /// A message from a peer replaces the newest stored message.
    ReplacesNewest,
}

#[handlers]
impl Broadcast {
    /// Receives a message from a client.
    #[handler]
    fn broadcast(&self, message: u64) {
        if self.flags.now_has(Bug::DropsBroadcasts) {
            return;
        }
        self.messages.borrow_mut().insert(message);
        if self.flags.has(Bug::NeverGossips) {
            return;
        }
        for peer in &self.peers {
            if self.flags.has(Bug::SendsOnce) {
                peer.gossip(message).send();
            } else {
                peer.gossip(message).retry().detach();
            }
        }
    }

    /// Returns all messages that this node has received.
    #[handler(reply = "messages")]
    fn read(&self) -> BTreeSet<u64> {
        self.messages.borrow().clone()
    }

    /// Receives a message from a peer.
    #[handler]
    fn gossip(&self, message: u64) {
        if self.flags.now_has(Bug::DropsGossip) {
            return;
        }
        let mut messages = self.messages.borrow_mut();
        if self.flags.now_has(Bug::ReplacesNewest) {
            messages.pop_last();
        }
        messages.insert(message);
    }
}
