//! The `sim` command: the challenges in virtual time.

use std::process::ExitCode;

use mael_challenges::{Echo, UniqueIds};
use mael_workbench::simulation::Simulator;
use mael_workbench::workloads;

fn main() -> ExitCode {
    Simulator::new("cargo sim")
        .node::<Echo>("echo", workloads::Echo)
        .node::<UniqueIds>("unique-ids", workloads::UniqueIds)
        .main(std::env::args_os())
}
