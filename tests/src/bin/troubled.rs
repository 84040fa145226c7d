//! A node that gets into trouble, as a program.

use std::process::ExitCode;

fn main() -> ExitCode {
    mael::run::<mael_tests::troubled::Troubled>()
}
