//! The official tests of Gossip Glomers in virtual time, with their own flags: the verdict, what
//! the nodes' messages cost, and how long a broadcast takes.

use std::ops::Range;
use std::time::{Duration, Instant};

use mael::node::Handlers;
use mael_challenges::{
    Broadcast, BroadcastBatch, Echo, GCounter, GCounterKv, Kafka, Txn, UniqueIds,
};
use mael_sim::glomers::{LINES, Line};
use mael_sim::simulation::Simulation;
use mael_sim::{simulate, workloads};
use mael_tests::fail_again;
use mael_tests::marks::marks;
use mael_tests::planted::nodes::Known;
use rayon::prelude::*;

/// Runs the seeds of one test, and holds each to its marks.
fn keeps_marks<N: Handlers>(line: &Line, simulation: Simulation<N>) {
    for run in simulation.run() {
        if !run.passed() {
            fail_again(simulation, run.seed);
        }
        if let Some(marks) = marks(line) {
            marks.assert_kept(&run, &format!("{} {}", line.challenge, line.bin));
        }
    }
}

/// Runs one test, with a main phase of about so many operations at most.
fn run(line: &Line, seeds: Range<u64>, operations: f64) {
    fn with<N: Handlers>(line: &Line, workload: impl Known, seeds: Range<u64>, operations: f64) {
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
        keeps_marks(line, simulation.time_limit(limit));
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
        other => panic!("no node is called {other}"),
    }
}

/// Runs all tests, each on one of as many threads as there are cores, and tells how long each took.
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
fn each_official_test_passes_in_short() {
    run_all(&(0..1), 2_000.0);
}

#[test]
#[ignore = "it is for an optimized build"]
fn the_official_tests_pass() {
    run_all(&(0..1), f64::INFINITY);
}

#[test]
#[ignore = "it takes a minute, and is for an optimized build"]
fn the_official_tests_pass_with_twenty_seeds() {
    run_all(&(0..20), f64::INFINITY);
}
