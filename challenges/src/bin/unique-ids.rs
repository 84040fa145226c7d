//! Challenge 2: unique IDs.

use std::process::ExitCode;

fn main() -> ExitCode {
    mael::run::<mael_challenges::UniqueIds>()
}
