//! Increment/decrement counter.

use std::process::ExitCode;

fn main() -> ExitCode {
    mael::run::<mael_challenges::PnCounter>()
}
