//! Faults that no real run can have: each finds a node that is wrong in a way which the others do
//! not show, and nodes that are right bear them all.

use std::ops::Range;

use mael::node::Handlers;
use mael::prelude::*;
use mael::time::{self, Duration};
use mael::{Nodes, Storage};
use mael_tests::reference::{broadcast, counter, echo, g_set, kafka, lin_kv, txn, unique_ids};
use mael_workbench::history::Process;
use mael_workbench::simulation::{Simulated, Simulation, ms, secs};
use mael_workbench::workloads::{self, Workload};
use mael_workbench::{Adversary, Distribution, Fault, Value, simulate};

fn simulation<N: Handlers>(
    workload: impl Workload + Clone + Send + Sync + 'static,
) -> Simulation<N> {
    simulate::<N>(workload)
        .nodes(3)
        .concurrency(6)
        .rate(50.0)
        .time_limit(secs(5))
        .nemesis_interval(secs(1))
        .seeds(0..20)
}

/// How many of its seeds a simulation fails.
fn failures<N: Handlers>(simulation: &Simulation<N>) -> usize {
    let runs = simulation.run();
    runs.iter().filter(|run| !run.passed()).count()
}

/// The acts of the nemesis of this name that have ended, with what came of them.
fn outcomes(run: &Simulated, act: &str) -> Vec<Value> {
    let operations = run.record.history.0.iter();
    let acts = operations.filter(|operation| operation.process == Process::Nemesis);
    let named = acts.filter(|operation| operation.f == act);
    named
        .skip(1)
        .step_by(2)
        .map(|operation| operation.value.clone())
        .collect()
}

const OLD_FAULTS: [Fault; 3] = [Fault::Partition, Fault::Kill, Fault::Pause];

/// Unique ids from a count that is saved once its new value has been used.
#[node]
struct SavesLater {
    id: NodeId,
    count: Rc<Cell<u64>>,
    storage: Storage,
}

#[handlers]
impl SavesLater {
    #[init]
    fn restore(&self) -> mael::Result<()> {
        self.count.set(self.storage.read("count")?.unwrap_or(0));
        Ok(())
    }

    #[handler(reply = "id")]
    fn generate(&self) -> String {
        let count = self.count.get() + 1;
        self.count.set(count);
        let storage = self.storage.clone();
        // It runs within the same turn of the node, but not before the answer is sent.
        mael::spawn(async move {
            storage.replace("count", &count).expect("it can be saved");
        });
        format!("{}-{count}", self.id)
    }
}

#[test]
fn what_is_saved_after_the_answer_is_lost_in_a_crash_only() {
    let simulation = || simulation::<SavesLater>(workloads::UniqueIds);
    simulation().nemesis(OLD_FAULTS).check();
    assert!(failures(&simulation().nemesis([Fault::Crash])) > 5);
}

/// Unique ids that are numbers of slots of time, of which each node has its own.
#[node]
struct TrustsItsClock {
    id: NodeId,
    nodes: Nodes,
}

const SLOT: Duration = Duration::from_millis(5);

#[handlers]
impl TrustsItsClock {
    #[handler(reply = "id")]
    async fn generate(&self) -> u64 {
        let nodes = self.nodes.len() as u64;
        let mine = self.nodes.iter().position(|node| *node == self.id).unwrap() as u64;
        let now = time::now().as_nanos() / SLOT.as_nanos() as u64;
        let mut slot = now + 1;
        while slot % nodes != mine {
            slot += 1;
        }
        slot
    }
}

#[test]
fn a_node_that_trusts_its_clock_is_found_where_clocks_differ_only() {
    let simulation = || {
        simulation::<TrustsItsClock>(workloads::UniqueIds)
            .concurrency(1)
            .rate(5.0)
    };
    simulation().nemesis(OLD_FAULTS).check();
    assert!(failures(&simulation().clock_drift(0.1)) > 5);
}
