//! The command lines that replay what a simulator ran.

use std::path::{Path, PathBuf};

use crate::options::Options;
use crate::options::flags::{self, command_line};
use crate::simulation::replay::Replay;

/// The flag that lets each seed choose its faults.
pub(crate) const SWARM: &str = "--swarm";

/// A command line of a simulator.
pub(crate) struct CommandLine {
    /// The command that calls the simulator.
    pub(crate) command: &'static str,
    /// The name of the simulation.
    pub(crate) name: String,
    /// The options of the test.
    pub(crate) options: Options,
    /// The file of the replayed plan, and the options in it.
    pub(crate) plan: Option<(PathBuf, Options)>,
    /// The flags of the simulator that affect a run.
    pub(crate) switches: Vec<&'static str>,
    /// The arguments after `--`.
    pub(crate) node_args: Vec<String>,
}

impl Replay for CommandLine {
    fn of(&self, seed: u64) -> String {
        let Some((path, stored)) = &self.plan else {
            return self.with_seed(seed);
        };
        let stored = flags::flags(stored);
        let mut changed = flags::flags(&self.options);
        changed.retain(|flag| !stored.contains(flag));
        self.with_plan(path, changed)
    }

    fn of_plan(&self, path: &Path) -> String {
        self.with_plan(path, Vec::new())
    }
}

impl CommandLine {
    /// Returns the command line that replays the plan in a file, with these flags to override its
    /// options.
    fn with_plan(&self, path: &Path, changed: Vec<String>) -> String {
        let mut words = changed;
        // The plan already has the faults that the swarm chose.
        let switches = self.switches.iter().filter(|flag| **flag != SWARM);
        words.extend(switches.map(|flag| (*flag).to_owned()));
        words.push(format!("--replay={}", path.display()));
        self.line(words)
    }

    fn with_seed(&self, seed: u64) -> String {
        let mut words = flags::flags(&self.options);
        words.extend(self.switches.iter().map(|flag| (*flag).to_owned()));
        words.push(format!("--seed={seed}"));
        self.line(words)
    }

    /// Returns the command with these flags, and with the arguments of the node.
    fn line(&self, flags: Vec<String>) -> String {
        let mut words = vec![self.name.clone()];
        words.extend(flags);
        if !self.node_args.is_empty() {
            words.push("--".to_owned());
            words.extend(self.node_args.iter().cloned());
        }
        let words = command_line(words.iter().map(String::as_str));
        format!("{} {words}", self.command)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn echo() -> CommandLine {
        CommandLine {
            command: "cargo sim",
            name: "echo".to_owned(),
            options: Options::default(),
            plan: None,
            switches: vec!["--swarm", "--encoded"],
            node_args: Vec::new(),
        }
    }

    #[test]
    fn a_seed_is_replayed_with_all_flags_that_affect_a_run() {
        let line = CommandLine {
            options: Options {
                nodes: vec!["a".to_owned(), "$b".to_owned()],
                rate: 50.0,
                log_net_send: true,
                ..Options::default()
            },
            node_args: vec!["--seed".to_owned(), "5".to_owned()],
            ..echo()
        };
        assert_eq!(
            line.with_seed(7),
            "cargo sim echo --node=a '--node=$b' --log-net-send=true --rate=50 --swarm --encoded \
             --seed=7 -- --seed 5"
        );
    }

    #[test]
    fn a_plan_is_replayed_with_the_flags_that_override_it() {
        let path = PathBuf::from("replay.json");
        assert_eq!(
            echo().of_plan(&path),
            "cargo sim echo --encoded --replay=replay.json"
        );
        let stored = Options {
            loss: 0.5,
            ..Options::default()
        };
        let line = CommandLine {
            options: Options {
                rate: 9.0,
                ..stored.clone()
            },
            plan: Some((path, stored)),
            ..echo()
        };
        assert_eq!(
            line.of(7),
            "cargo sim echo --rate=9 --encoded --replay=replay.json"
        );
    }
}
