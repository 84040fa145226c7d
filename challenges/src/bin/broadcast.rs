//! Challenge 3: broadcast.

use std::process::ExitCode;

fn main() -> ExitCode {
    mael::run::<mael_challenges::Broadcast>()
}
