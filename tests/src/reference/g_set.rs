//! G-set: each node periodically sends its whole set to all peers.

use mael::clap::{self, ValueEnum};
use mael::prelude::*;

use super::Options;

/// A replica of the set.
#[node]
pub struct GSet {
    peers: Peers<GSet>,
    flags: Flags<Options<Bug>>,
    elements: RefCell<BTreeSet<u64>>,
}

/// The bugs of the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Bug {
    /// It sends nothing to its peers.
    NeverGossips,
    /// It acknowledges some elements without storing them.
    DropsAdds,
    /// It replaces its set with that of a peer.
    Overwrites,
    /// It keeps only the newest elements.
    Expires,
    /// Its reads contain an element that was never added.
    Invents,
}

#[handlers]
impl GSet {
    /// Adds an element from a client.
    #[handler]
    fn add(&self, element: u64) {
        if self.flags.now_has(Bug::DropsAdds) {
            return;
        }
        let mut elements = self.elements.borrow_mut();
        elements.insert(element);
        if self.flags.has(Bug::Expires) && elements.len() > 30 {
            elements.pop_first();
        }
    }

    /// Returns all elements that this node has received.
    #[handler(reply = "value")]
    fn read(&self) -> BTreeSet<u64> {
        let mut elements = self.elements.borrow().clone();
        if self.flags.now_has(Bug::Invents) {
            elements.insert(1_000_000);
        }
        elements
    }

    /// Merges the elements of a peer.
    #[handler]
    fn merge(&self, elements: BTreeSet<u64>) {
        if self.flags.has(Bug::Overwrites) {
            self.elements.replace(elements);
        } else {
            self.elements.borrow_mut().extend(elements);
        }
    }

    /// Sends the set to all peers.
    #[every(ms = 200)]
    fn gossip(&self) {
        if self.flags.has(Bug::NeverGossips) {
            return;
        }
        for peer in &self.peers {
            peer.merge(self.elements.borrow().clone()).send();
        }
    }
}
