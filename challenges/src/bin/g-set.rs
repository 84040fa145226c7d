//! A grow-only set.

use std::process::ExitCode;

fn main() -> ExitCode {
    mael::run::<mael_challenges::GSet>()
}
