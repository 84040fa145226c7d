//! What most nodes have reached.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::node::{Field, FromInit, Init};
use crate::{NodeId, Result};

/// A value of each node, and the largest that most of all nodes have reached. Any two sets of most
/// nodes have one in common.
///
/// As a field of a node it is filled in with the number of nodes, this one included; each of them has
/// the type's `Default` until it is given a value.
///
/// ```
/// use mael::prelude::*;
///
/// #[node]
/// struct Candidate {
///     id: NodeId,
///     votes: Quorum<bool>,
/// }
///
/// #[handlers]
/// impl Candidate {
///     /// Counts a vote: whether most nodes have voted for this one.
///     #[handler(reply = "elected")]
///     fn vote(&self, #[src] voter: NodeId, granted: bool) -> bool {
///         self.votes.set(&self.id, true);
///         self.votes.set(&voter, granted);
///         self.votes.reached()
///     }
/// }
/// ```
#[derive(Debug)]
pub struct Quorum<T> {
    nodes: usize,
    values: RefCell<BTreeMap<NodeId, T>>,
}

impl<T: Copy + Default + Ord> Quorum<T> {
    /// Gives a node a value, in place of the one that it has.
    pub fn set(&self, node: &NodeId, value: T) {
        self.values.borrow_mut().insert(node.clone(), value);
    }

    /// Takes the values of all nodes back.
    pub fn clear(&self) {
        self.values.borrow_mut().clear();
    }

    /// The largest value such that more than half of all nodes have it, or a larger one.
    pub fn reached(&self) -> T {
        let mut values: Vec<T> = self.values.borrow().values().copied().collect();
        values.sort_unstable_by(|a, b| b.cmp(a));
        values.get(self.nodes / 2).copied().unwrap_or_default()
    }
}

impl<T> FromInit for Quorum<T> {
    fn from_init(init: &Init, _: &Field) -> Result<Self> {
        Ok(Self {
            nodes: init.node_ids.len(),
            values: RefCell::default(),
        })
    }
}
