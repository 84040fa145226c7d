//! The `mael` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    mael_workbench::cli::main(std::env::args_os())
}
