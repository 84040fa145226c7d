//! A node that generates IDs, which differ from those of all other nodes.

use mael::prelude::*;
use mael::random;

/// A node without state, which a restart can't make repeat IDs.
#[node]
pub struct Node {
    id: NodeId,
}

#[handlers]
impl Node {
    /// Returns an ID of the node's name and 64 random bits.
    #[handler(type = "generate", reply = "id")]
    fn generate(&self) -> String {
        format!("{}-{:016x}", self.id, random::u64())
    }
}

#[cfg(test)]
mod tests {
    use mael_sim::simulation::secs;
    use mael_sim::{Fault, simulate, workloads};

    use super::Node;

    #[test]
    fn no_id_is_generated_twice() {
        simulate::<Node>(workloads::UniqueIds)
            .nodes(3)
            .rate(50.0)
            .time_limit(secs(5))
            .nemesis([Fault::Partition, Fault::Kill])
            .seeds(0..10)
            .check();
    }
}
