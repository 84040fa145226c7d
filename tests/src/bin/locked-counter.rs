//! The program of the locked counter.

use std::process::ExitCode;

fn main() -> ExitCode {
    mael::run::<mael_tests::LockedCounter>()
}
