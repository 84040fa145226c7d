//! What `lin-kv` is tried in.

use std::time::Duration;

use mael_challenges::LinKv;
use mael_history::Value;
use mael_sim::Fault::{Kill, Partition, Pause};
use mael_sim::simulation::{Simulated, Simulation, secs};
use mael_sim::{simulate, workloads};

/// A short run.
pub(super) fn calm() -> Simulation<LinKv> {
    let simulation = simulate::<LinKv>(workloads::LinKv).nodes(5).concurrency(10);
    simulation.rate(50.0).time_limit(secs(5))
}

/// The same with much trouble.
pub(super) fn short() -> Simulation<LinKv> {
    let simulation = calm().nemesis([Partition, Kill, Pause]);
    simulation.nemesis_interval(secs(1))
}

/// The same over links that lose, double and reorder messages.
pub(super) fn rough(latency: Duration) -> Simulation<LinKv> {
    let simulation = short().latency(latency).loss(0.05);
    simulation.duplicate(0.1).reorder(0.1)
}

/// A run with so many operations that the log is compacted again and again, and that nodes which
/// are killed or cut off fall behind it.
pub(super) fn busy() -> Simulation<LinKv> {
    let simulation = simulate::<LinKv>(workloads::LinKv).nodes(5);
    let simulation = simulation.concurrency(100).rate(1000.0);
    let simulation = simulation.time_limit(secs(12)).nemesis([Kill]);
    simulation.nemesis_interval(secs(4)).journal()
}

/// Whether each read can have seen what it did. Where most nodes are down for most of the time, the
/// stats checker may miss an operation that succeeds, here as in Maelstrom (page "Checkers",
/// section 2); that says nothing of the node.
pub(super) fn is_linearizable(run: &Simulated) -> bool {
    let workload = run.results.map.get("workload");
    run.record.broken.is_none()
        && workload.and_then(|results| results.get("valid?")) == Some(&Value::Bool(true))
}
