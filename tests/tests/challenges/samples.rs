//! Tests four typical first nodes, each under the faults that it must tolerate: a gossip counter, a
//! counter in a key-value service, a counter under a lock, and a broadcast that is retried until it
//! is acknowledged.

use std::ops::Range;
use std::process::Command;

use mael::node::Handlers;
use mael_challenges::{Broadcast, GCounter, GCounterKv};
use mael_sim::simulation::{Simulation, secs};
use mael_sim::workloads::Workload;
use mael_sim::{Fault, simulate, workloads};
use mael_tests::{LockedCounter, binary, run};

/// Enough seeds to find bugs that show in most runs.
const FEW: Range<u64> = 0..60;
/// Enough seeds to find bugs that show rarely.
const MANY: Range<u64> = 0..1000;

const PARTITION: [Fault; 1] = [Fault::Partition];
const PARTITION_AND_KILL: [Fault; 2] = [Fault::Partition, Fault::Kill];

fn sample<N: Handlers>(
    workload: impl Workload + Clone + Send + Sync + 'static,
    faults: &[Fault],
) -> Simulation<N> {
    simulate::<N>(workload)
        .nodes(5)
        .rate(50.0)
        .time_limit(secs(5))
        .nemesis(faults.iter().copied())
        .nemesis_interval(secs(1))
}

fn check(seeds: &Range<u64>) {
    let seeds = || seeds.clone();
    sample::<GCounter>(workloads::GCounter, &PARTITION)
        .seeds(seeds())
        .check();
    sample::<GCounterKv>(workloads::GCounter, &PARTITION_AND_KILL)
        .seeds(seeds())
        .check();
    sample::<LockedCounter>(workloads::GCounter, &PARTITION_AND_KILL)
        .seeds(seeds())
        .check();
    sample::<Broadcast>(workloads::Broadcast, &PARTITION)
        .seeds(seeds())
        .check();
}

#[test]
fn the_samples_tolerate_their_faults() {
    check(&FEW);
}

#[test]
#[ignore = "takes minutes unless optimized: cargo test --release --test challenges samples:: -- --ignored"]
fn the_samples_tolerate_their_faults_for_a_thousand_seeds() {
    check(&MANY);
}

/// Runs a sample as processes, in a temporary folder.
fn run_processes(name: &str, workload: &str, faults: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (bench, node) = (binary("mael"), binary(name));
    let finished = run(Command::new(bench)
        .current_dir(folder.path())
        .args(["test", "-w", workload, "--bin"])
        .arg(node)
        .args(["--node-count", "3", "--rate", "50", "--time-limit", "5"])
        .args(["--recovery", "2", "--nemesis", faults])
        .args(["--nemesis-interval", "1"]));
    assert_eq!(finished.code(), 0, "{finished:?}");
}

#[test]
fn the_gossiping_counter_runs_as_processes() {
    run_processes("g-counter", "g-counter", "partition");
}

#[test]
fn the_counter_in_a_store_runs_as_processes() {
    run_processes("g-counter-kv", "g-counter", "partition,kill");
}

#[test]
fn the_locked_counter_runs_as_processes() {
    run_processes("locked-counter", "g-counter", "partition,kill");
}

#[test]
fn the_broadcast_runs_as_processes() {
    run_processes("broadcast", "broadcast", "partition");
}
