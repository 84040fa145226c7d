//! The locked counter as a program.

use std::process::ExitCode;

fn main() -> ExitCode {
    mael::run::<mael_tests::LockedCounter>()
}
