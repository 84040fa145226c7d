//! Challenge 2: unique ids.

use std::process::ExitCode;

fn main() -> ExitCode {
    mael::run::<mael_challenges::UniqueIds>()
}
