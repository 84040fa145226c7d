//! Simulates the node from the command line: `cargo run --release --example sim -- guestbook
//! --seeds 1000`. An example, because those have the dev-dependencies.

use std::process::ExitCode;

use mael_sim::command::Simulator;
use mael_sim::workloads;

fn main() -> ExitCode {
    Simulator::new("cargo run --release --example sim --")
        .node::<guestbook::Guestbook>("guestbook", workloads::GSet)
        .main(std::env::args_os())
}
