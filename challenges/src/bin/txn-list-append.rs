//! Transactions over lists: the node of challenge 6.

use std::process::ExitCode;

fn main() -> ExitCode {
    mael::run::<mael_challenges::Txn>()
}
