//! The `sim` command: the challenges in virtual time.

use std::process::ExitCode;

use mael_challenges::{Broadcast, Echo, GCounter, GCounterKv, UniqueIds};
use mael_workbench::simulation::Simulator;
use mael_workbench::workloads;

fn main() -> ExitCode {
    Simulator::new("cargo sim")
        .node::<Echo>("echo", workloads::Echo)
        .node::<UniqueIds>("unique-ids", workloads::UniqueIds)
        .node::<Broadcast>("broadcast", workloads::Broadcast)
        .node::<GCounter>("g-counter", workloads::GCounter)
        .node::<GCounterKv>("g-counter-kv", workloads::GCounter)
        .main(std::env::args_os())
}
