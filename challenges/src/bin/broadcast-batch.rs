//! Challenge 3: broadcast in batches.

use std::process::ExitCode;

fn main() -> ExitCode {
    mael::run::<mael_challenges::BroadcastBatch>()
}
