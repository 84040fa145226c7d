//! A grow-only counter in `seq-kv`: a key for each node.

use mael::prelude::*;

#[node]
struct Counter {
    id: NodeId,
    nodes: Nodes, // the IDs of all nodes, including this one
    kv: SeqKv,
}

#[handlers]
impl Counter {
    /// Adds `delta` to this node's key.
    #[handler(type = "add")]
    async fn add(&self, delta: u64) -> mael::Result<()> {
        let raise = |mine: Option<u64>| mine.unwrap_or(0) + delta;
        self.kv.update(&self.id, raise).await?;
        Ok(())
    }

    /// Returns the sum of the keys of all nodes.
    #[handler(type = "read", reply = "value")]
    async fn read(&self) -> mael::Result<u64> {
        let newest = self.kv.fresh().await?;
        let mut total = 0;
        for node in self.nodes.iter() {
            total += newest.read::<u64>(node).await?.unwrap_or(0);
        }
        Ok(total)
    }
}

fn main() -> ExitCode {
    mael::run::<Counter>()
}

#[test]
fn it_passes_its_workload() {
    use mael_sim::simulation::secs;

    let simulation = mael_sim::simulate::<Counter>(mael_sim::workloads::GCounter);
    let simulation = simulation.nodes(3).rate(20.0).time_limit(secs(5));
    simulation
        .nemesis([mael_sim::Fault::Kill])
        .seeds(0..5)
        .check();
}
