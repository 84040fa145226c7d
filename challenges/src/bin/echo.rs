//! Challenge 1: echo.

use std::process::ExitCode;

fn main() -> ExitCode {
    mael::run::<mael_challenges::Echo>()
}
