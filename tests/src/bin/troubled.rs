//! The program of the node with faults in its own code.

use std::process::ExitCode;

fn main() -> ExitCode {
    mael::run::<mael_tests::troubled::Troubled>()
}
