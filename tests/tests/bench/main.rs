//! Tests the `mael` command: its flags, real processes, reports, and stored runs.

mod command_line;
mod doc;
mod glomers;
mod hints;
mod new;
mod pictures;
mod processes;
mod programs;
mod replay;
mod reports;
mod serve;
mod store;
mod trace;

/// The program of the misbehaving node.
const NODE: &str = env!("CARGO_BIN_EXE_misbehaving");

/// Returns the arguments of `mael` for a test of a program with echo for one second, which `args`
/// can override.
fn echo_test<'a>(bin: &'a str, args: &[&'a str]) -> Vec<&'a str> {
    let test = ["test", "-w", "echo", "--bin", bin, "--time-limit", "1"];
    [&test, args].concat()
}
