//! A node with a copy of a set that only grows.

use mael::prelude::*;

/// The nodes send each other their sets at intervals, and merge what they receive.
#[node]
pub struct Node {
    elements: Gossip<BTreeSet<u64>>,
}

#[handlers]
impl Node {
    /// Adds an element to this node's set.
    #[handler(type = "add")]
    fn add(&self, element: u64) {
        self.elements.borrow_mut().insert(element);
    }

    /// Returns the elements that have reached this node.
    #[handler(type = "read", reply = "value")]
    fn read(&self) -> BTreeSet<u64> {
        self.elements.borrow().clone()
    }
}

#[cfg(test)]
mod tests {
    use mael_sim::simulation::{ms, secs};
    use mael_sim::{Fault, simulate, workloads};

    use super::Node;

    #[test]
    fn every_node_has_all_elements_at_the_end() {
        simulate::<Node>(workloads::GSet)
            .nodes(3)
            .rate(20.0)
            .time_limit(secs(5))
            .latency(ms(50))
            .nemesis([Fault::Partition])
            .seeds(0..10)
            .check();
    }
}
