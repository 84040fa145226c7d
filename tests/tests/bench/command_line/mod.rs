//! Tests the `mael` command line: its errors, its help, and the arguments that reach the node.

mod errors;
mod flags;
mod help;
mod install;

use mael_tests::{Finished, mael};

/// Runs `mael` with these arguments.
fn run_mael(args: &[&str]) -> Finished {
    mael(tempfile::tempdir().unwrap().path(), args)
}
