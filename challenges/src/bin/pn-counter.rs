//! A counter that goes up and down.

use std::process::ExitCode;

fn main() -> ExitCode {
    mael::run::<mael_challenges::PnCounter>()
}
