//! Challenge 4: grow-only counter, a state-based CRDT.

use std::process::ExitCode;

fn main() -> ExitCode {
    mael::run::<mael_challenges::GCounter>()
}
