//! Challenge 4: grow-only counter on seq-kv.

use std::process::ExitCode;

fn main() -> ExitCode {
    mael::run::<mael_challenges::GCounterKv>()
}
