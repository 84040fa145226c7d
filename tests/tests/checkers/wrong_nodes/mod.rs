//! Tests in virtual time that nodes with bugs fail and correct nodes pass.

mod custom_workload;
mod echo;
mod errors;
mod ids;

use mael::node::Handlers;
use mael_challenges as challenges;
use mael_history::Value;
use mael_sim::simulation::{Simulated, Simulation, ms, secs};
use mael_sim::{Fault, simulate, workloads};
use mael_tests::planted::nodes::SharedWorkload;

/// Returns the value of a key in a checker's results.
fn result(run: &Simulated, checker: &'static str, key: &'static str) -> Value {
    let checker = run.results.map.get(checker).expect("the checker ran");
    checker.get(key).expect("the key exists").clone()
}

fn number(run: &Simulated, checker: &'static str, key: &'static str) -> i128 {
    match result(run, checker, key) {
        Value::Int(number) => number.to().expect("a count fits into 64 bits"),
        other => panic!("{key} is {other}"),
    }
}

fn small<N: Handlers>(workload: impl SharedWorkload) -> Simulation<N> {
    simulate::<N>(workload)
        .nodes(3)
        .rate(50.0)
        .time_limit(secs(5))
}

/// Returns a simulation that is longer than the timeout of clients, in case all nodes are killed or
/// paused at the same time.
fn long<N: Handlers>(workload: impl SharedWorkload) -> Simulation<N> {
    small::<N>(workload)
        .rate(20.0)
        .time_limit(secs(20))
        .nemesis_interval(secs(1))
}

const ALL_FAULTS: [Fault; 3] = [Fault::Partition, Fault::Kill, Fault::Pause];

#[test]
fn correct_nodes_pass_under_all_faults() {
    for faults in [
        &ALL_FAULTS[..0],
        &ALL_FAULTS[..1],
        &ALL_FAULTS[1..2],
        &ALL_FAULTS[2..],
        &ALL_FAULTS,
    ] {
        long::<challenges::Echo>(workloads::Echo)
            .nemesis(faults.iter().copied())
            .seeds(0..20)
            .check();
        long::<challenges::UniqueIds>(workloads::UniqueIds)
            .nemesis(faults.iter().copied())
            .seeds(0..20)
            .check();
    }
}

#[test]
fn correct_nodes_are_totally_available_in_a_partition() {
    small::<challenges::UniqueIds>(workloads::UniqueIds)
        .nemesis([Fault::Partition])
        .nemesis_interval(secs(1))
        .latency(ms(50))
        .availability(1.0)
        .seeds(0..20)
        .check();
}
