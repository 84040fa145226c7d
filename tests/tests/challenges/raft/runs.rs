//! The simulations in which `lin-kv` is tested.

use std::time::Duration;

use mael_challenges::LinKv;
use mael_history::Value;
use mael_sim::Fault::{Kill, Partition, Pause};
use mael_sim::simulation::{Simulated, Simulation, secs};
use mael_sim::{simulate, workloads};

/// A short run without faults.
pub(super) fn without_faults() -> Simulation<LinKv> {
    let simulation = simulate::<LinKv>(workloads::LinKv).nodes(5).concurrency(10);
    simulation.rate(50.0).time_limit(secs(5))
}

/// A short run with all nemesis faults.
pub(super) fn with_faults() -> Simulation<LinKv> {
    let simulation = without_faults().nemesis([Partition, Kill, Pause]);
    simulation.nemesis_interval(secs(1))
}

/// A short run with all nemesis faults over links that lose, duplicate and reorder messages.
pub(super) fn lossy(latency: Duration) -> Simulation<LinKv> {
    let simulation = with_faults().latency(latency).loss(0.05);
    simulation.duplicate(0.1).reorder(0.1)
}

/// A run with enough operations that the log is compacted repeatedly and killed nodes lag behind
/// the compacted log.
pub(super) fn busy() -> Simulation<LinKv> {
    let simulation = simulate::<LinKv>(workloads::LinKv).nodes(5);
    let simulation = simulation.concurrency(100).rate(1000.0);
    let simulation = simulation.time_limit(secs(12)).nemesis([Kill]);
    simulation.nemesis_interval(secs(4)).journal()
}

/// Returns true if the history is linearizable. Other checkers are ignored: if most nodes are down
/// for most of the time, the stats checker may report that no operation of a kind succeeded, as in
/// Maelstrom (page "Checkers", section 2), which is not a fault of the node.
pub(super) fn is_linearizable(run: &Simulated) -> bool {
    let workload = run.results.map.get("workload");
    run.record.error.is_none()
        && workload.and_then(|results| results.get("valid?")) == Some(&Value::Bool(true))
}
