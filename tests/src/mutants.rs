//! The bugs that can be planted in the reference nodes, and the simulations that must find them.

use mael::clap::ValueEnum;
use mael::node::Handlers;
use mael_workbench::simulation::{Shrunk, Simulated, Simulation, secs};
use mael_workbench::workloads::{self, Workload};
use mael_workbench::{Fault, simulate};

use crate::reference::{broadcast, counter, echo, g_set, kafka, lin_kv, txn, unique_ids};

/// A workload as the library has it: a type of its own.
pub trait Known: Workload + Clone + Send + Sync + 'static {}

impl<W: Workload + Clone + Send + Sync + 'static> Known for W {}

/// The faults for nodes that forget what they know when they are killed.
pub const PAUSES: &[Fault] = &[Fault::Partition, Fault::Pause];

/// The faults for nodes that keep what they know elsewhere.
pub const KILLS: &[Fault] = &[Fault::Partition, Fault::Pause, Fault::Kill];

/// The simulation in which right nodes are told from wrong ones.
pub fn simulation<N: Handlers>(workload: impl Known, faults: &[Fault]) -> Simulation<N> {
    simulate::<N>(workload)
        .nodes(3)
        .concurrency(6)
        .rate(50.0)
        .time_limit(secs(5))
        .nemesis(faults.iter().copied())
        .nemesis_interval(secs(1))
}

/// A node with a bug, under a workload.
pub struct Mutant {
    /// The workload's name.
    pub workload: &'static str,
    /// The bug's name, as `--bug` takes it.
    pub bug: String,
    /// The anomaly that tells the bug.
    pub anomaly: &'static str,
    simulation: Box<dyn Simulate>,
}

/// A simulation of whatever node.
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

impl Mutant {
    /// The first of so many seeds that shows the anomaly.
    ///
    /// # Panics
    /// When none does; tells what was found instead.
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
        panic!("{workload}, {bug}: no {anomaly}, but {others:?}");
    }

    /// Reduces a run that shows the anomaly.
    pub fn shrink(&self, run: &Simulated) -> Option<Shrunk> {
        self.simulation.shrink(run, self.anomaly)
    }
}

/// The mutants of one kind of node under one workload.
fn of<N: Handlers, B: ValueEnum>(
    workload: impl Known,
    faults: &[Fault],
    bugs: &[(B, &'static str)],
) -> Vec<Mutant> {
    let mutant = |(bug, anomaly): &(B, &'static str)| {
        let bug = bug.to_possible_value().expect("a bug has a name");
        let bug = bug.get_name().to_owned();
        Mutant {
            workload: workload.name(),
            anomaly,
            simulation: Box::new(
                simulation::<N>(workload.clone(), faults).args(["--bug", bug.as_str()]),
            ),
            bug,
        }
    };
    bugs.iter().map(mutant).collect()
}

/// All bugs that a node can have, each with the same anomaly.
fn all<B: ValueEnum>(anomaly: &'static str) -> Vec<(B, &'static str)> {
    let bugs = B::value_variants().iter();
    bugs.map(|bug| (bug.clone(), anomaly)).collect()
}

/// The bugs of sets, by the first anomaly that tells each.
const SET_BUGS: [(g_set::Bug, &str); 5] = [
    (g_set::Bug::KeepsToItself, "lost"),
    (g_set::Bug::Ignores, "lost"),
    (g_set::Bug::Overwrites, "lost"),
    (g_set::Bug::Expires, "lost"),
    (g_set::Bug::Invents, "garbage-read"),
];

/// The bugs of logs, by the first anomaly that tells each.
const KAFKA_BUGS: [(kafka::Bug, &str); 10] = [
    (kafka::Bug::LosesMessages, "lost-write"),
    (kafka::Bug::WritesBlindly, "inconsistent-offsets"),
    (kafka::Bug::AppendsTwice, "duplicate"),
    (kafka::Bug::InsertsEarlier, "inconsistent-offsets"),
    (kafka::Bug::DeniesSuccess, "G1a"),
    (kafka::Bug::Skips, "poll-skip"),
    (kafka::Bug::BeginsEarly, "nonmonotonic-poll"),
    (kafka::Bug::ListsBackwards, "int-nonmonotonic-poll"),
    (kafka::Bug::HidesTheLast, "unseen"),
    (kafka::Bug::MiscountsOffsets, "inconsistent-offsets"),
];

/// The bugs of transactions over lists and registers, by the first anomaly that tells each.
const TXN_BUGS: [(txn::Bug, &str); 9] = [
    (txn::Bug::DeniesSuccess, "G1a"),
    (txn::Bug::CommitsPieces, "G1b"),
    (txn::Bug::WritesBlindly, "lost-update"),
    (txn::Bug::IgnoresReads, "G2-item"),
    (txn::Bug::ReadsFromMemory, "G-single-item-realtime"),
    (txn::Bug::ReadsPiecewise, "internal"),
    (txn::Bug::ForgetsOwnWrites, "internal"),
    (txn::Bug::KeepsTheFirst, "internal"),
    (txn::Bug::LosesWrites, "internal"),
];

/// Those that only lists can show.
const LIST_BUGS: [(txn::Bug, &str); 2] = [
    (txn::Bug::AppendsTwice, "duplicate-elements"),
    (txn::Bug::InsertsEarlier, "incompatible-order"),
];

/// All mutants: every bug of every node, under each workload that can show it.
pub fn mutants() -> Vec<Mutant> {
    use workloads as w;
    let mut growing = all::<counter::Bug>("wrong-final-read");
    growing.retain(|(bug, _)| *bug != counter::Bug::OnlyCountsUp);
    let lists = [&TXN_BUGS[..], &LIST_BUGS].concat();
    assert_eq!(lists.len(), txn::Bug::value_variants().len());
    assert_eq!(KAFKA_BUGS.len(), kafka::Bug::value_variants().len());
    assert_eq!(SET_BUGS.len(), g_set::Bug::value_variants().len());
    [
        of::<echo::Echo, echo::Bug>(w::Echo, PAUSES, &all("wrong-echo")),
        of::<unique_ids::UniqueIds, unique_ids::Bug>(w::UniqueIds, KILLS, &all("duplicated")),
        of::<broadcast::Broadcast, broadcast::Bug>(w::Broadcast, PAUSES, &all("lost")),
        of::<g_set::GSet, _>(w::GSet, PAUSES, &SET_BUGS),
        of::<counter::Counter, _>(w::GCounter, KILLS, &growing),
        of::<counter::Counter, counter::Bug>(w::PnCounter, KILLS, &all("wrong-final-read")),
        of::<lin_kv::Store, lin_kv::Bug>(w::LinKv, KILLS, &all("not-linearizable")),
        of::<kafka::Kafka, _>(w::Kafka, KILLS, &KAFKA_BUGS),
        of::<txn::Txn, _>(w::TxnListAppend, KILLS, &lists),
        of::<txn::Txn, _>(w::TxnRwRegister, KILLS, &TXN_BUGS),
    ]
    .into_iter()
    .flatten()
    .collect()
}
