//! Each challenge in virtual time, under every fault that it promises to survive.

use std::ops::Range;

use mael::node::Handlers;
use mael_challenges::{
    Broadcast, BroadcastBatch, Echo, GCounter, GCounterKv, GSet, Kafka, PnCounter, Txn, UniqueIds,
};
use mael_tests::mutants::{KILLS, Known, PAUSES, simulation};
use mael_workbench::Fault::Partition;
use mael_workbench::simulation::{Simulated, Simulation, ms, secs};
use mael_workbench::{Value, simulate, workloads};

/// Runs a simulation as it is, a long way apart, and over links that lose messages.
fn check<N: Handlers>(simulation: impl Fn() -> Simulation<N>, seeds: &Range<u64>) {
    // So many at a time, because the histories of all are kept.
    for first in seeds.clone().step_by(100) {
        let seeds = first..seeds.end.min(first + 100);
        simulation().seeds(seeds.clone()).check();
        simulation().latency(ms(20)).seeds(seeds.clone()).check();
        simulation().loss(0.1).seeds(seeds).check();
    }
}

/// A test of a few seeds, and an ignored one of many.
macro_rules! challenges {
    ($($challenge:ident, $sweep:ident: $simulation:expr;)*) => {
        $(
            #[test]
            fn $challenge() {
                check(|| $simulation, &(0..2));
            }

            #[test]
            #[ignore = "it takes minutes, and is for an optimized build"]
            fn $sweep() {
                check(|| $simulation, &(0..10_000));
            }
        )*
    };
}

challenges! {
    echo, echo_sweep:
        simulation::<Echo>(workloads::Echo, KILLS);
    unique_ids, unique_ids_sweep:
        simulation::<UniqueIds>(workloads::UniqueIds, KILLS);
    broadcast, broadcast_sweep:
        simulation::<Broadcast>(workloads::Broadcast, PAUSES);
    broadcast_by_topology, broadcast_by_topology_sweep:
        simulation::<Broadcast>(workloads::Broadcast, PAUSES).args(["--overlay", "topology"]);
    broadcast_batch, broadcast_batch_sweep:
        simulation::<BroadcastBatch>(workloads::Broadcast, PAUSES);
    g_counter, g_counter_sweep:
        simulation::<GCounter>(workloads::GCounter, PAUSES);
    g_counter_kv, g_counter_kv_sweep:
        simulation::<GCounterKv>(workloads::GCounter, KILLS);
    g_set, g_set_sweep:
        simulation::<GSet>(workloads::GSet, PAUSES);
    pn_counter, pn_counter_sweep:
        simulation::<PnCounter>(workloads::PnCounter, PAUSES);
    kafka, kafka_sweep:
        simulation::<Kafka>(workloads::Kafka, KILLS);
    txn, txn_sweep:
        simulation::<Txn>(workloads::TxnRwRegister, KILLS);
    txn_list_append, txn_list_append_sweep:
        simulation::<Txn>(workloads::TxnListAppend, KILLS);
}

/// What clients of a store on `lin-kv` are told when only the nodes are cut off from each other.
fn all_succeed<N: Handlers>(workload: impl Known) {
    simulation::<N>(workload, &[Partition])
        .availability(1.0)
        .seeds(0..5)
        .check();
}

#[test]
fn all_transactions_succeed_during_partitions() {
    all_succeed::<Txn>(workloads::TxnRwRegister);
    all_succeed::<Txn>(workloads::TxnListAppend);
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

/// 25 nodes far apart, for what a broadcast costs and how long it takes.
fn far_apart<N: Handlers>(args: &[&str]) -> (f64, (f64, f64)) {
    let simulation = simulate::<N>(workloads::Broadcast)
        .nodes(25)
        .rate(100.0)
        .time_limit(secs(20))
        .latency(ms(100))
        .args(args.iter().copied());
    let run = simulation.run_seed(0);
    assert!(run.passed());
    println!(
        "{:.2} messages per operation, {:?} ms",
        cost(&run),
        latencies(&run)
    );
    (cost(&run), latencies(&run))
}

#[test]
fn a_broadcast_takes_one_hop_and_no_more_messages_than_it_must() {
    let (cost, (median, longest)) = far_apart::<Broadcast>(&[]);
    assert!(cost <= 25.5 && median <= 110.0 && longest <= 150.0);
}

#[test]
fn batches_are_cheap_and_in_time() {
    let (cost, (median, longest)) = far_apart::<BroadcastBatch>(&[]);
    assert!(cost <= 2.5 && median <= 400.0 && longest <= 600.0);
}

#[test]
fn long_batches_are_cheaper() {
    let (cost, (median, longest)) = far_apart::<BroadcastBatch>(&["--interval-ms", "1200"]);
    assert!(cost <= 1.0 && median <= 1_000.0 && longest <= 2_000.0);
}

/// Two nodes that are asked as much as on the official lines, for a shorter time.
fn busy<N: Handlers>(workload: impl Known) -> Simulation<N> {
    simulate::<N>(workload)
        .nodes(2)
        .concurrency(4)
        .rate(1000.0)
        .time_limit(secs(3))
}

#[test]
fn logs_and_transactions_cost_few_messages() {
    let kafka = busy::<Kafka>(workloads::Kafka).run_seed(0);
    let txn = busy::<Txn>(workloads::TxnRwRegister).run_seed(0);
    for run in [kafka, txn] {
        println!("{:.2} messages per operation", cost(&run));
        assert!(run.passed() && cost(&run) <= 6.0);
    }
}
