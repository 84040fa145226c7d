//! The `mael` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    mael_workbench::main().run()
}
