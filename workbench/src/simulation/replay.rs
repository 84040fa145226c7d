//! How a person has a seed run again.

use std::ffi::OsString;

use crate::cli::command_line;

/// What asked for a simulation, and so can ask for it again.
pub(super) enum Replay {
    /// A builder in somebody's test.
    Builder,
    /// A command line.
    Command(CommandLine),
}

/// A command line that simulates something.
pub(super) struct CommandLine {
    /// What calls the simulator, as it is typed.
    command: &'static str,
    /// What follows after it, but for seeds and what is only about many of them.
    words: Vec<String>,
    /// What stands after `--`.
    node: Vec<String>,
}

impl Replay {
    /// What to call or type.
    pub(super) fn of(&self, seed: u64) -> String {
        match self {
            Self::Builder => format!("`.seed({seed})` in place of the seeds"),
            Self::Command(line) => line.with_seed(seed),
        }
    }
}

impl CommandLine {
    /// Reads the arguments of a simulator, its name included.
    pub(super) fn new(command: &'static str, args: &[OsString]) -> Self {
        let mut words = Vec::new();
        let mut args = args.iter().skip(1).map(|arg| arg.to_string_lossy());
        while let Some(arg) = args.next() {
            match &*arg {
                "--" => break,
                "--seed" | "--seeds" | "--threads" => drop(args.next()),
                "--digest" => {}
                _ if ["--seed=", "--seeds=", "--threads="]
                    .iter()
                    .any(|flag| arg.starts_with(flag)) => {}
                _ => words.push(arg.into_owned()),
            }
        }
        Self {
            command,
            words,
            node: args.map(|arg| arg.into_owned()).collect(),
        }
    }

    /// Says also what was left to a default that a single run has not.
    pub(super) fn also(&mut self, flag: &str) {
        self.words.push(flag.to_owned());
    }

    fn with_seed(&self, seed: u64) -> String {
        let mut words = self.words.clone();
        words.push(format!("--seed={seed}"));
        if !self.node.is_empty() {
            words.push("--".to_owned());
            words.extend(self.node.iter().cloned());
        }
        let words = command_line(words.iter().map(String::as_str));
        format!("{} {words}", self.command)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replayed(words: &str) -> String {
        let args: Vec<OsString> = shlex::split(words)
            .unwrap()
            .into_iter()
            .map(OsString::from)
            .collect();
        let mut line = CommandLine::new("cargo sim", &args);
        line.also("--rate=50");
        line.with_seed(7)
    }

    #[test]
    fn a_command_is_replayed_with_all_flags_but_those_of_sweeps() {
        assert_eq!(
            replayed("sim echo --seeds 10 --nodes 'a, b' --seed=3 --digest --threads 2"),
            "cargo sim echo --nodes 'a, b' --rate=50 --seed=7"
        );
    }

    #[test]
    fn arguments_of_the_node_stay_where_they_are() {
        assert_eq!(
            replayed("sim echo --seeds=10 -- --seed 5"),
            "cargo sim echo --rate=50 --seed=7 -- --seed 5"
        );
    }
}
