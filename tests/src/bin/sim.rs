//! The `sim` command: simulates the challenges, and the reference nodes, whose bugs are enabled by
//! `-- --bug NAME`.

use std::process::ExitCode;

use mael_challenges::{
    Broadcast, BroadcastBatch, Echo, GCounter, GCounterKv, GSet, Kafka, LinKv, PnCounter, Txn,
    UniqueIds,
};
use mael_sim::command::Simulator;
use mael_sim::workloads;
use mael_tests::reference::{broadcast, counter, echo, g_set, kafka, lin_kv, txn, unique_ids};
use mael_tests::troubled::Troubled;

fn main() -> ExitCode {
    Simulator::new("cargo sim")
        .explained_by("cargo mael explain", mael_workbench::is_explained)
        .node::<Echo>("echo", workloads::Echo)
        .node::<UniqueIds>("unique-ids", workloads::UniqueIds)
        .node::<Broadcast>("broadcast", workloads::Broadcast)
        .node::<BroadcastBatch>("broadcast-batch", workloads::Broadcast)
        .node::<GCounter>("g-counter", workloads::GCounter)
        .node::<GCounterKv>("g-counter-kv", workloads::GCounter)
        .node::<PnCounter>("pn-counter", workloads::PnCounter)
        .node::<GSet>("g-set", workloads::GSet)
        .node::<Kafka>("kafka", workloads::Kafka)
        .node::<LinKv>("lin-kv", workloads::LinKv)
        .node::<Txn>("txn", workloads::TxnRwRegister)
        .node::<Txn>("txn-list-append", workloads::TxnListAppend)
        .node::<broadcast::Broadcast>("reference-broadcast", workloads::Broadcast)
        .node::<echo::Echo>("reference-echo", workloads::Echo)
        .node::<counter::Counter>("reference-g-counter", workloads::GCounter)
        .node::<g_set::GSet>("reference-g-set", workloads::GSet)
        .node::<kafka::Kafka>("reference-kafka", workloads::Kafka)
        .node::<lin_kv::Store>("reference-lin-kv", workloads::LinKv)
        .node::<counter::Counter>("reference-pn-counter", workloads::PnCounter)
        .node::<txn::Txn>("reference-txn-list-append", workloads::TxnListAppend)
        .node::<txn::Txn>("reference-txn-rw-register", workloads::TxnRwRegister)
        .node::<unique_ids::UniqueIds>("reference-unique-ids", workloads::UniqueIds)
        .node::<Troubled>("troubled", workloads::Echo)
        .main(std::env::args_os())
}
