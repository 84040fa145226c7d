//! Issues numbers in order, and counts them by node.

use mael::prelude::*;

#[node]
struct Tickets {
    id: NodeId,
    office: Lock<Office>,
}

/// The value that the lock protects.
#[mael::message]
#[derive(Clone, Default)]
struct Office {
    issued: u64,
    by_node: BTreeMap<NodeId, u64>,
}

#[handlers]
impl Tickets {
    /// Issues the next number.
    #[handler(type = "generate", reply = "id")]
    async fn next(&self) -> mael::Result<u64> {
        self.office
            .update(async |office, _| {
                office.issued += 1;
                *office.by_node.entry(self.id.clone()).or_default() += 1;
                Ok(office.issued)
            })
            .await
    }

    /// Returns how many numbers each node has issued, without acquiring the lock.
    #[handler(type = "report", reply = "by_node")]
    async fn report(&self) -> mael::Result<BTreeMap<NodeId, u64>> {
        Ok(self.office.peek().await?.by_node)
    }
}

fn main() -> ExitCode {
    mael::run::<Tickets>()
}

#[test]
fn it_passes_its_workload() {
    use mael_sim::simulation::secs;

    let simulation = mael_sim::simulate::<Tickets>(mael_sim::workloads::UniqueIds);
    let simulation = simulation.nodes(3).rate(20.0).time_limit(secs(5));
    simulation
        .nemesis([mael_sim::Fault::Kill])
        .seeds(0..5)
        .check();
}
