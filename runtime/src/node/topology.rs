//! The topology, as the `topology` message tells it.

use std::cell::RefCell;
use std::rc::Rc;

use crate::NodeId;

/// Who neighbours this node, as the `topology` message says; shared with the node loop, which
/// reads that message. None before it has come.
#[derive(Clone, Default)]
pub(super) struct Neighbours(Rc<RefCell<Option<Vec<NodeId>>>>);

impl Neighbours {
    pub(super) fn set(&self, neighbours: Vec<NodeId>) {
        self.0.replace(Some(neighbours));
    }

    pub(super) fn get(&self) -> Option<Vec<NodeId>> {
        self.0.borrow().clone()
    }
}
