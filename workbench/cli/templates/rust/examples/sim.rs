//! `cargo sim my-node`: simulates the node. An example, because those have the dev-dependencies.

use std::process::ExitCode;

use mael_sim::command::Simulator;
use mael_sim::workloads;

fn main() -> ExitCode {
    Simulator::new("cargo sim")
        .node::<my_node::Node>("my-node", workloads::GCounter)
        .main(std::env::args_os())
}
