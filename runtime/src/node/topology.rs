//! The neighbours of a node.

use std::cell::RefCell;
use std::rc::Rc;

use crate::NodeId;

/// This node's neighbours according to the `topology` message; None before that has arrived. Shared
/// with the node loop, which handles the message.
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
