//! `cargo mael`: the command `mael` with the workload and the node of this crate.

use std::process::ExitCode;

fn main() -> ExitCode {
    mael_workbench::main()
        .specification::<my_node::workload::Seats>()
        .node::<my_node::Node>("my-node")
        .run()
}
