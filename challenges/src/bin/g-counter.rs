//! Challenge 4: grow-only counter, as a stateful CRDT.

use std::process::ExitCode;

fn main() -> ExitCode {
    mael::run::<mael_challenges::GCounter>()
}
