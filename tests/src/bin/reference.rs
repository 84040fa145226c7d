//! The reference nodes as one program, whose first argument selects the node.

use std::process::ExitCode;

use mael_tests::reference::{broadcast, counter, echo, g_set, kafka, lin_kv, txn, unique_ids};

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("broadcast") => mael::run::<broadcast::Broadcast>(),
        Some("counter") => mael::run::<counter::Counter>(),
        Some("echo") => mael::run::<echo::Echo>(),
        Some("g-set") => mael::run::<g_set::GSet>(),
        Some("kafka") => mael::run::<kafka::Kafka>(),
        Some("lin-kv") => mael::run::<lin_kv::Store>(),
        Some("txn") => mael::run::<txn::Txn>(),
        Some("unique-ids") => mael::run::<unique_ids::UniqueIds>(),
        other => {
            eprintln!("unknown reference node {other:?}");
            ExitCode::FAILURE
        }
    }
}
