//! The bugs of the reference nodes, which `--bug NAME` enables, and the simulations that find them.

use mael::clap::ValueEnum;
use mael::node::Handlers;
use mael_sim::simulation::{Shrunk, Simulated, Simulation, secs};
use mael_sim::workloads::Workload;
use mael_sim::{Fault, simulate, workloads};

use crate::reference::{broadcast, counter, echo, g_set, kafka, lin_kv, txn, unique_ids};

/// A workload that can be cloned and sent between threads.
pub trait SharedWorkload: Workload + Clone + Send + Sync + 'static {}

impl<W: Workload + Clone + Send + Sync + 'static> SharedWorkload for W {}

/// The faults for nodes that lose their state when they are killed.
pub const PAUSES: &[Fault] = &[Fault::Partition, Fault::Pause];

/// The faults for nodes that store their state in a service.
pub const KILLS: &[Fault] = &[Fault::Partition, Fault::Pause, Fault::Kill];

/// Returns the simulation that finds the bugs of reference nodes, and passes for correct nodes.
pub fn simulation<N: Handlers>(workload: impl SharedWorkload, faults: &[Fault]) -> Simulation<N> {
    simulate::<N>(workload)
        .nodes(3)
        .concurrency(6)
        .rate(50.0)
        .time_limit(secs(5))
        .nemesis(faults.iter().copied())
        .nemesis_interval(secs(1))
}

/// A reference node with a bug, under a workload.
pub struct NodeBug {
    /// The workload's name.
    pub workload: &'static str,
    /// The bug's name, as given to `--bug`.
    pub bug: String,
    /// The anomaly reported for the bug.
    pub anomaly: &'static str,
    /// The number of seeds that were run until one showed the anomaly.
    pub seeds: u64,
    simulation: Box<dyn Simulate>,
}

/// A simulation of any type of node.
trait Simulate: Sync {
    fn run_seed(&self, seed: u64) -> Simulated;
    fn shrink(&self, run: &Simulated, anomaly: &str) -> Option<Shrunk>;
}

impl<N: Handlers> Simulate for Simulation<N> {
    fn run_seed(&self, seed: u64) -> Simulated {
        Simulation::run_seed(self, seed)
    }

    fn shrink(&self, run: &Simulated, anomaly: &str) -> Option<Shrunk> {
        Simulation::shrink(self, run, [anomaly.to_owned()].into())
    }
}

impl NodeBug {
    /// Runs up to `seeds` seeds and returns the first run that shows the anomaly.
    ///
    /// # Panics
    /// Panics if no run shows it. The message lists the anomalies that were found instead.
    pub fn find(&self, seeds: u64) -> Simulated {
        let mut others = std::collections::BTreeSet::new();
        for seed in 0..seeds {
            let run = self.simulation.run_seed(seed);
            let found = run.anomalies();
            if found.contains(self.anomaly) {
                return run;
            }
            others.extend(found);
        }
        let Self {
            workload,
            bug,
            anomaly,
            ..
        } = self;
        panic!("{workload}, {bug}: expected {anomaly}, found {others:?}");
    }

    /// Shrinks a run that shows the anomaly.
    pub fn shrink(&self, run: &Simulated) -> Option<Shrunk> {
        self.simulation.shrink(run, self.anomaly)
    }
}

/// A bug, the first anomaly that shows it, and the number of seeds until then.
type Row<B> = (B, &'static str, u64);

/// Returns the bugs of one type of node under one workload.
fn of<N: Handlers, B: ValueEnum>(
    workload: impl SharedWorkload,
    faults: &[Fault],
    rows: &[Row<B>],
) -> Vec<NodeBug> {
    let bug = |(bug, anomaly, seeds): &Row<B>| {
        let bug = bug.to_possible_value().expect("a bug has a name");
        let bug = bug.get_name().to_owned();
        NodeBug {
            workload: workload.name(),
            anomaly,
            seeds: *seeds,
            simulation: Box::new(
                simulation::<N>(workload.clone(), faults).args(["--bug", bug.as_str()]),
            ),
            bug,
        }
    };
    rows.iter().map(bug).collect()
}

const ECHOES: &[Row<echo::Bug>] = &[
    (echo::Bug::Uppercases, "wrong-echo", 1),
    (echo::Bug::RepliesWithPrevious, "wrong-echo", 1),
];

const IDS: &[Row<unique_ids::Bug>] = &[
    (unique_ids::Bug::OmitsNodeId, "duplicated", 1),
    (unique_ids::Bug::RestartsCount, "duplicated", 99),
    (unique_ids::Bug::UsesTimestamps, "duplicated", 1),
    (unique_ids::Bug::DrawsFromSmallRange, "duplicated", 1),
];

const BROADCASTS: &[Row<broadcast::Bug>] = &[
    (broadcast::Bug::NeverGossips, "lost", 1),
    (broadcast::Bug::SendsOnce, "lost", 1),
    (broadcast::Bug::DropsGossip, "lost", 1),
    (broadcast::Bug::DropsBroadcasts, "lost", 1),
    (broadcast::Bug::ReplacesNewest, "lost", 1),
];

const SETS: &[Row<g_set::Bug>] = &[
    (g_set::Bug::NeverGossips, "lost", 1),
    (g_set::Bug::DropsAdds, "lost", 1),
    (g_set::Bug::Overwrites, "lost", 1),
    (g_set::Bug::Expires, "lost", 1),
    (g_set::Bug::Invents, "garbage-read", 1),
];

/// Without `IgnoresSign`, which a grow-only counter can't show.
const GROWING: &[Row<counter::Bug>] = &[
    (counter::Bug::WritesWithoutCas, "wrong-final-read", 1),
    (counter::Bug::ReadsFromCache, "wrong-final-read", 1),
    (counter::Bug::AcksEarly, "wrong-final-read", 1),
    (counter::Bug::CountsLocally, "wrong-final-read", 1),
    (counter::Bug::AddsTwice, "wrong-final-read", 1),
    (counter::Bug::AddsExtra, "wrong-final-read", 1),
];

const COUNTERS: &[Row<counter::Bug>] = &[
    (counter::Bug::WritesWithoutCas, "wrong-final-read", 1),
    (counter::Bug::ReadsFromCache, "wrong-final-read", 1),
    (counter::Bug::AcksEarly, "wrong-final-read", 1),
    (counter::Bug::CountsLocally, "wrong-final-read", 1),
    (counter::Bug::AddsTwice, "wrong-final-read", 1),
    (counter::Bug::IgnoresSign, "wrong-final-read", 1),
    (counter::Bug::AddsExtra, "wrong-final-read", 6),
];

const STORES: &[Row<lin_kv::Bug>] = &[
    (lin_kv::Bug::ReadsFromCache, "not-linearizable", 1),
    (lin_kv::Bug::LosesWrites, "not-linearizable", 1),
    (lin_kv::Bug::AcksEarly, "not-linearizable", 1),
    (lin_kv::Bug::SkipsCompare, "not-linearizable", 1),
    (lin_kv::Bug::CasNotAtomic, "not-linearizable", 21),
    (lin_kv::Bug::FailsAfterCommit, "not-linearizable", 1),
    (lin_kv::Bug::AcksFailedCas, "not-linearizable", 1),
    (lin_kv::Bug::RewritesLater, "not-linearizable", 1),
];

const LOGS: &[Row<kafka::Bug>] = &[
    (kafka::Bug::LosesMessages, "lost-write", 1),
    (kafka::Bug::WritesWithoutCas, "inconsistent-offsets", 1),
    (kafka::Bug::AppendsTwice, "duplicate", 1),
    (kafka::Bug::InsertsBeforeLast, "inconsistent-offsets", 1),
    (kafka::Bug::FailsAfterCommit, "G1a", 1),
    (kafka::Bug::SkipsMessages, "poll-skip", 1),
    (kafka::Bug::PollsTooEarly, "nonmonotonic-poll", 1),
    (kafka::Bug::PollsInReverse, "int-nonmonotonic-poll", 1),
    (kafka::Bug::HidesLast, "unseen", 1),
    (kafka::Bug::ReturnsWrongOffsets, "inconsistent-offsets", 1),
];

const LISTS: &[Row<txn::Bug>] = &[
    (txn::Bug::FailsAfterCommit, "G1a", 1),
    (txn::Bug::CommitsEachOp, "G1b", 1),
    (txn::Bug::WritesWithoutCas, "lost-update", 1),
    (txn::Bug::IgnoresReadConflicts, "G2-item", 5),
    (txn::Bug::ReadsFromCache, "G-single-item-realtime", 1),
    (txn::Bug::ReadsOutsideTxn, "internal", 1),
    (txn::Bug::IgnoresOwnWrites, "internal", 1),
    (txn::Bug::KeepsFirstWrite, "internal", 1),
    (txn::Bug::LosesWrites, "internal", 1),
    (txn::Bug::AppendsTwice, "duplicate-elements", 1),
    (txn::Bug::InsertsBeforeLast, "incompatible-order", 1),
];

/// Without the bugs that only show with lists.
const REGISTERS: &[Row<txn::Bug>] = &[
    (txn::Bug::FailsAfterCommit, "G1a", 1),
    (txn::Bug::CommitsEachOp, "G1b", 1),
    (txn::Bug::WritesWithoutCas, "lost-update", 1),
    (txn::Bug::IgnoresReadConflicts, "G2-item", 47),
    (txn::Bug::ReadsFromCache, "G-single-item-realtime", 1),
    (txn::Bug::ReadsOutsideTxn, "internal", 1),
    (txn::Bug::IgnoresOwnWrites, "internal", 1),
    (txn::Bug::KeepsFirstWrite, "internal", 1),
    (txn::Bug::LosesWrites, "internal", 1),
];

/// Returns the bugs of all reference nodes, under each workload that can show them.
pub fn node_bugs() -> Vec<NodeBug> {
    use workloads as w;
    [
        of::<echo::Echo, _>(w::Echo, PAUSES, ECHOES),
        of::<unique_ids::UniqueIds, _>(w::UniqueIds, KILLS, IDS),
        of::<broadcast::Broadcast, _>(w::Broadcast, PAUSES, BROADCASTS),
        of::<g_set::GSet, _>(w::GSet, PAUSES, SETS),
        of::<counter::Counter, _>(w::GCounter, KILLS, GROWING),
        of::<counter::Counter, _>(w::PnCounter, KILLS, COUNTERS),
        of::<lin_kv::Store, _>(w::LinKv, KILLS, STORES),
        of::<kafka::Kafka, _>(w::Kafka, KILLS, LOGS),
        of::<txn::Txn, _>(w::TxnListAppend, KILLS, LISTS),
        of::<txn::Txn, _>(w::TxnRwRegister, KILLS, REGISTERS),
    ]
    .into_iter()
    .flatten()
    .collect()
}
