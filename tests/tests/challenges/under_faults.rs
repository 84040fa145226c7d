//! Tests each challenge in virtual time, under every fault that it is designed to survive.

use mael::node::Handlers;
use mael_challenges::{
    Broadcast, BroadcastBatch, Echo, GCounter, GCounterKv, GSet, Kafka, PnCounter, Txn, UniqueIds,
};
use mael_sim::Fault::Partition;
use mael_sim::simulation::{Simulation, ms};
use mael_sim::workloads;
use mael_tests::planted::nodes::{KILLS, PAUSES, SharedWorkload, simulation};
use mael_tests::{is_inconclusive, panic_with_report};

/// A simulation as it is, with a high latency, and with message loss.
fn variants<N: Handlers>(simulation: impl Fn() -> Simulation<N>) -> [Simulation<N>; 3] {
    [
        simulation(),
        simulation().latency(ms(20)),
        simulation().loss(0.1),
    ]
}

/// Runs many seeds, of which at most one in twenty may be inconclusive.
fn sweep<N: Handlers>(simulation: impl Fn() -> Simulation<N>) {
    const SEEDS: u64 = 10_000;
    for mut variant in variants(simulation) {
        let mut inconclusive = 0;
        // Run in batches of 100, because all histories of a batch are in memory.
        for first in (0..SEEDS).step_by(100) {
            variant = variant.seeds(first..first + 100);
            for run in variant.run().into_iter().filter(|run| !run.passed()) {
                if !is_inconclusive(&run) {
                    panic_with_report(variant, run.seed);
                }
                inconclusive += 1;
            }
        }
        println!("{inconclusive} of {SEEDS} seeds are inconclusive");
        assert!(inconclusive * 20 <= SEEDS);
    }
}

/// Defines a test with a few seeds, and an ignored one with many.
macro_rules! challenges {
    ($($challenge:ident, $sweep:ident: $simulation:expr;)*) => {
        $(
            #[test]
            fn $challenge() {
                for variant in variants(|| $simulation) {
                    variant.seeds(0..2).check();
                }
            }

            #[test]
            #[ignore = "takes minutes in an optimized build"]
            fn $sweep() {
                sweep(|| $simulation);
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

/// Asserts that all operations of a node that stores its state in `lin-kv` succeed while nodes are
/// partitioned from each other.
fn all_succeed<N: Handlers>(workload: impl SharedWorkload) {
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
