//! The official tests of Gossip Glomers in virtual time, with their own flags: the verdict, what
//! the nodes' messages cost, and how long a broadcast takes.

use std::ops::Range;
use std::time::{Duration, Instant};

use mael::node::Handlers;
use mael_challenges::{
    Broadcast, BroadcastBatch, Echo, GCounter, GCounterKv, Kafka, Txn, UniqueIds,
};
use mael_tests::fail_again;
use mael_tests::mutants::Known;
use mael_workbench::glomers::{LINES, Line};
use mael_workbench::simulation::{Simulated, Simulation};
use mael_workbench::{Value, simulate, workloads};
use rayon::prelude::*;

/// The most that a test may cost: messages between servers and services per operation, and the
/// median and the longest time until a broadcast is known to all, in milliseconds.
struct Limits {
    cost: f64,
    latencies: Option<(f64, f64)>,
}

/// The limits of the tests that have some: the marks of the challenges for broadcast, and stricter
/// ones that our nodes keep.
fn limits(line: &Line) -> Option<Limits> {
    let (cost, latencies) = match (line.challenge, line.bin) {
        ("3d", "broadcast") => (25.5, Some((110.0, 150.0))),
        ("3d", "broadcast-batch") => (2.5, Some((400.0, 600.0))),
        ("3e", _) => (1.0, Some((1_000.0, 2_000.0))),
        ("5a" | "5b" | "5c" | "6a" | "6b" | "6c", _) => (6.0, None),
        _ => return None,
    };
    Some(Limits { cost, latencies })
}

/// Servers' messages per operation.
fn cost(run: &Simulated) -> f64 {
    let operations = run.record.history.invocations().count();
    run.record.net.servers.send as f64 / operations as f64
}

/// The median and the longest time in milliseconds until a broadcast was known to all.
fn latencies(run: &Simulated) -> (f64, f64) {
    let workload = run.results.map.get("workload");
    let stable = workload.and_then(|results| results.get("stable-latencies"));
    let Some(Value::Map(quantiles)) = stable else {
        panic!("there are no latencies: {stable:?}");
    };
    let millis = |quantile: Value| {
        let millis = quantiles[&quantile].to_string();
        millis.parse().expect("a latency is a number")
    };
    (millis(Value::from(0.5)), millis(Value::from(1)))
}

/// Runs the seeds of one test, and holds each to its limits.
fn keeps_limits<N: Handlers>(line: &Line, simulation: Simulation<N>) {
    for run in simulation.run() {
        if !run.passed() {
            fail_again(simulation, run.seed);
        }
        let Some(limits) = limits(line) else {
            continue;
        };
        let (challenge, bin, seed) = (line.challenge, line.bin, run.seed);
        let cost = cost(&run);
        assert!(
            cost <= limits.cost,
            "{challenge} {bin}, seed {seed}: {cost:.2} messages per operation"
        );
        if let Some((most_in_the_middle, most)) = limits.latencies {
            let (median, longest) = latencies(&run);
            assert!(
                median <= most_in_the_middle && longest <= most,
                "{challenge} {bin}, seed {seed}: {median} and {longest} ms"
            );
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
        let test = simulation.test_of(0);
        let limit = test.time_limit.as_secs_f64().min(operations / test.rate);
        let limit = Duration::from_secs_f64(limit);
        keeps_limits(line, simulation.time_limit(limit));
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
