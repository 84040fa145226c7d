//! Tests the samples of declared workloads: correct nodes pass, and incorrect ones fail with the
//! expected anomaly.

use std::collections::BTreeSet;

use mael::node::Handlers;
use mael_sim::declared::specified_by;
use mael_sim::simulation::{Simulation, secs};
use mael_sim::workloads::Workload;
use mael_sim::{Fault, simulate};
use mael_tests::samples::bank::{AccountByAccount, Bank, LinKvBank};
use mael_tests::samples::queue::{LastInFirstOut, Queue, RacyQueue, ReplicatedQueue};

fn simulation<N: Handlers>(
    workload: impl Workload + Clone + Send + Sync + 'static,
) -> Simulation<N> {
    simulate::<N>(workload)
        .nodes(3)
        .concurrency(6)
        .rate(30.0)
        .time_limit(secs(5))
        .nemesis([Fault::Partition, Fault::Pause, Fault::Kill])
        .nemesis_interval(secs(1))
}

fn assert_right<N: Handlers>(workload: impl Workload + Clone + Send + Sync + 'static) {
    simulation::<N>(workload).seeds(0..20).check();
}

/// Asserts that the first seed that fails does so with this anomaly.
fn assert_wrong<N: Handlers>(
    workload: impl Workload + Clone + Send + Sync + 'static,
    anomaly: &str,
) {
    let runs = simulation::<N>(workload).no_shrink().seeds(0..20).run();
    let mut anomalies = runs.iter().map(|run| run.results.anomalies());
    let first = anomalies.find(|anomalies| !anomalies.is_empty());
    assert_eq!(first, Some(BTreeSet::from([anomaly.to_owned()])));
}

#[test]
fn queue() {
    assert_right::<ReplicatedQueue>(specified_by::<Queue>());
    assert_wrong::<RacyQueue>(specified_by::<Queue>(), "not-linearizable");
    assert_wrong::<LastInFirstOut>(specified_by::<Queue>(), "not-linearizable");
}

#[test]
fn bank() {
    assert_right::<LinKvBank>(Bank::default());
    assert_wrong::<AccountByAccount>(Bank::default(), "total-changed");
}
