//! Challenge 6: transactions over registers.

use std::process::ExitCode;

fn main() -> ExitCode {
    mael::run::<mael_challenges::Txn>()
}
