//! The program of the node, which `mael test --bin my-node` runs.

use std::process::ExitCode;

fn main() -> ExitCode {
    mael::run::<my_node::Node>()
}
