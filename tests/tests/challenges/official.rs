//! Runs the official tests of Gossip Glomers in virtual time with their own flags, and checks the
//! verdict, the messages per operation, and the broadcast latencies.

use std::ops::Range;
use std::time::{Duration, Instant};

use mael::node::Handlers;
use mael_challenges::{
    Broadcast, BroadcastBatch, Echo, GCounter, GCounterKv, Kafka, Txn, UniqueIds,
};
use mael_sim::glomers::{LINES, Line};
use mael_sim::simulation::Simulation;
use mael_sim::{simulate, workloads};
use mael_tests::marks::marks;
use mael_tests::panic_with_report;
use mael_tests::planted::nodes::SharedWorkload;
use rayon::prelude::*;

/// Runs the seeds of one test and asserts that each meets its targets.
fn assert_targets<N: Handlers>(line: &Line, simulation: Simulation<N>) {
    for run in simulation.run() {
        if !run.passed() {
            panic_with_report(simulation, run.seed);
        }
        if let Some(marks) = marks(line) {
            marks.assert_met(&run, &format!("{} {}", line.challenge, line.bin));
        }
    }
}

/// Runs one test with a main phase of at most about `operations` operations.
fn run(line: &Line, seeds: Range<u64>, operations: f64) {
    fn with<N: Handlers>(
        line: &Line,
        workload: impl SharedWorkload,
        seeds: Range<u64>,
        operations: f64,
    ) {
        assert_eq!(workload.name(), line.workload);
        let simulation = simulate::<N>(workload)
            .flags(line.flags)
            .args(line.args.iter().copied())
            .seeds(seeds)
            .threads(1);
        let options = simulation.options_of(0);
        let limit = options
            .time_limit
            .as_secs_f64()
            .min(operations / options.rate);
        let limit = Duration::from_secs_f64(limit);
        assert_targets(line, simulation.time_limit(limit));
    }
    match line.bin {
        "echo" => with::<Echo>(line, workloads::Echo, seeds, operations),
        "unique-ids" => with::<UniqueIds>(line, workloads::UniqueIds, seeds, operations),
        "broadcast" => with::<Broadcast>(line, workloads::Broadcast, seeds, operations),
        "broadcast-batch" => with::<BroadcastBatch>(line, workloads::Broadcast, seeds, operations),
        "g-counter" => with::<GCounter>(line, workloads::GCounter, seeds, operations),
        "g-counter-kv" => with::<GCounterKv>(line, workloads::GCounter, seeds, operations),
        "kafka" => with::<Kafka>(line, workloads::Kafka, seeds, operations),
        "txn" => with::<Txn>(line, workloads::TxnRwRegister, seeds, operations),
        other => panic!("unknown node {other}"),
    }
}

/// Runs all tests on one thread per core and prints how long each took.
fn run_all(seeds: &Range<u64>, operations: f64) {
    let started = Instant::now();
    LINES.par_iter().for_each(|line| {
        let before = Instant::now();
        run(line, seeds.clone(), operations);
        let took = before.elapsed().as_secs_f64();
        println!("{took:6.3} s {} {}", line.challenge, line.bin);
    });
    println!("{:6.3} s all", started.elapsed().as_secs_f64());
}

#[test]
fn each_official_test_passes_in_a_short_run() {
    run_all(&(0..1), 2_000.0);
}

#[test]
#[ignore = "slow in a debug build"]
fn the_official_tests_pass() {
    run_all(&(0..1), f64::INFINITY);
}

#[test]
#[ignore = "takes a minute in an optimized build"]
fn the_official_tests_pass_with_twenty_seeds() {
    run_all(&(0..20), f64::INFINITY);
}
