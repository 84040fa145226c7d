//! G-set: each node tells its whole set to all others, again and again.

use mael::clap::{self, ValueEnum};
use mael::prelude::*;

use super::Options;

/// A node with a set.
#[node]
pub struct GSet {
    peers: Peers<GSet>,
    flags: Flags<Options<Bug>>,
    elements: RefCell<BTreeSet<u64>>,
}

/// What the node does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Bug {
    /// It tells the others nothing.
    KeepsToItself,
    /// It acknowledges some elements without keeping them.
    Ignores,
    /// It takes the set of another for its own.
    Overwrites,
    /// It keeps no more than the newest elements.
    Expires,
    /// Its reads show an element that nobody added.
    Invents,
}

#[handlers]
impl GSet {
    /// A client's element.
    #[handler]
    fn add(&self, element: u64) {
        if self.flags.now_has(Bug::Ignores) {
            return;
        }
        let mut elements = self.elements.borrow_mut();
        elements.insert(element);
        if self.flags.has(Bug::Expires) && elements.len() > 30 {
            elements.pop_first();
        }
    }

    /// All elements that have come here.
    #[handler(reply = "value")]
    fn read(&self) -> BTreeSet<u64> {
        let mut elements = self.elements.borrow().clone();
        if self.flags.now_has(Bug::Invents) {
            elements.insert(1_000_000);
        }
        elements
    }

    /// The elements of another node.
    #[handler]
    fn merge(&self, elements: BTreeSet<u64>) {
        if self.flags.has(Bug::Overwrites) {
            self.elements.replace(elements);
        } else {
            self.elements.borrow_mut().extend(elements);
        }
    }

    /// Tells the others.
    #[every(ms = 200)]
    fn gossip(&self) {
        if self.flags.has(Bug::KeepsToItself) {
            return;
        }
        for peer in &self.peers {
            peer.merge(self.elements.borrow().clone()).send();
        }
    }
}
