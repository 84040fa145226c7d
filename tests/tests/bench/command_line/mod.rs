//! The `mael` command line: what it refuses and how, what it documents, what reaches the node.

mod flags;
mod help;
mod refusals;

use mael_tests::{Finished, mael};

const NODE: &str = env!("CARGO_BIN_EXE_misbehaving");

/// Runs `mael` with these words.
fn run_mael(words: &[&str]) -> Finished {
    mael(tempfile::tempdir().unwrap().path(), words)
}
