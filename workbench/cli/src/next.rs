//! The commands to try after a run that is not valid, as lines below its report.

use std::path::Path;

use mael_sim::Options;
use mael_sim::glomers::{LINES, Line};
use mael_sim::options::flags::{command_line, flags};

use crate::demo::DEMOS;

/// The number of seeds of the simulation that is suggested.
const SEEDS: u32 = 100;

/// Returns the command that runs this program.
pub(crate) fn program() -> String {
    let path = std::env::args_os().next().unwrap_or_default();
    let name = Path::new(&path).file_name().unwrap_or_default();
    let name = name.to_string_lossy();
    match std::env::var_os("CARGO") {
        Some(_) if name == "mael" => "cargo mael".to_owned(),
        Some(_) => format!("cargo run --bin {} --", command_line([&*name])),
        None => command_line([&*path.to_string_lossy()]),
    }
}

/// Returns the command that explains an anomaly.
pub(crate) fn explain(name: &str) -> String {
    format!("explain {name} with {} explain {name}", program())
}

/// Returns the command that prints a stored run line by line.
pub(crate) fn trace(run: &str) -> String {
    format!("trace it with {} trace {}", program(), command_line([run]))
}

/// Returns the command that repeats a stored run.
pub(crate) fn replay(run: &str) -> String {
    let run = command_line([run]);
    format!(
        "replay it with {} test --replay {run} --times 10",
        program()
    )
}

/// Returns the command that simulates a binary of this workspace under a workload, if `cargo sim`
/// has this node.
pub(crate) fn simulator(bin: &str, workload: &str) -> Option<String> {
    let is_it = |line: &&Line| line.bin == bin && line.workload == workload;
    let is_file = Path::new(bin).is_file();
    let found = LINES.iter().chain(DEMOS).find(is_it);
    found
        .filter(|_| !is_file)
        .map(|_| format!("cargo sim {bin}"))
}

/// Returns the command that simulates a test with many seeds. `simulator` is the beginning of the
/// command, and `args` are those of the node.
pub(crate) fn simulate(simulator: &str, options: &Options, args: &[String]) -> String {
    let mut words = flags(options);
    words.push(format!("--seeds={SEEDS}"));
    if !args.is_empty() {
        words.push("--".to_owned());
        words.extend(args.iter().cloned());
    }
    let words = command_line(words.iter().map(String::as_str));
    format!("simulate it with {simulator} {words}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binaries_of_challenges_can_be_simulated_under_their_workload_only() {
        let command = simulator("broadcast-batch", "broadcast");
        assert_eq!(command.as_deref(), Some("cargo sim broadcast-batch"));
        assert_eq!(simulator("broadcast-batch", "echo"), None);
        assert_eq!(simulator("target/release/echo", "echo"), None);
        let args = ["--interval-ms".to_owned(), "5".to_owned()];
        let options = Options {
            rate: 9.0,
            ..Options::default()
        };
        assert_eq!(
            simulate("cargo sim broadcast", &options, &args),
            "simulate it with cargo sim broadcast --rate=9 --seeds=100 -- --interval-ms 5"
        );
    }
}
