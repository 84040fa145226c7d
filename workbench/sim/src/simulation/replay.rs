//! How to replay a seed or a plan: with an environment variable of a test, or with a command.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{env, thread};

use super::ReplayPlan;
use crate::options::Options;
use crate::options::flags::{self, command_line};

/// The environment variable with the seed that the simulations of a test run instead of their own
/// seeds.
const SEED_VARIABLE: &str = "MAEL_SEED";

/// The environment variable with the file of the plan that the simulations of a test replay instead
/// of their seeds.
const REPLAY_VARIABLE: &str = "MAEL_REPLAY";

/// The name of that variable in earlier versions.
const OLD_REPLAY_VARIABLE: &str = "MAEL_PLAN";

/// The flag that lets each seed choose its faults.
pub(crate) const SWARM: &str = "--swarm";

/// How a simulation was started, and can be replayed.
pub(crate) enum Replay {
    /// By a builder in a test.
    Builder,
    /// By a command line.
    Command(Box<CommandLine>),
}

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

impl Replay {
    /// Returns the command that replays a seed, or the plan that was replayed instead of it.
    pub(crate) fn of(&self, seed: u64) -> String {
        match self {
            Self::Builder => match asked_for(REPLAY_VARIABLE) {
                Some(path) => cargo_test(REPLAY_VARIABLE, &path.to_string_lossy()),
                None => cargo_test(SEED_VARIABLE, &seed.to_string()),
            },
            Self::Command(line) => line.again(seed),
        }
    }

    /// Returns the command that replays the plan in a file.
    pub(crate) fn of_plan(&self, path: &Path) -> String {
        match self {
            Self::Builder => cargo_test(REPLAY_VARIABLE, &path.to_string_lossy()),
            Self::Command(line) => line.with_plan(path, Vec::new()),
        }
    }
}

/// Returns the command that runs only this test, with a variable set.
fn cargo_test(variable: &str, value: &str) -> String {
    let value = command_line([value]);
    let command = ["cargo test".to_owned()].into_iter().chain(test_name());
    let command: Vec<String> = command.collect();
    format!("{variable}={value} {}", command.join(" "))
}

/// Returns the name of the test that runs on this thread. If a test has its own thread, the test
/// harness names it after the test.
pub(crate) fn test_name() -> Option<String> {
    let thread = thread::current();
    let name = thread.name().filter(|name| *name != "main");
    name.map(str::to_owned)
}

/// Returns the value of an environment variable, if it is set and not empty.
fn asked_for(variable: &str) -> Option<OsString> {
    env::var_os(variable).filter(|value| !value.is_empty())
}

/// Returns the plan that the environment sets, if any.
///
/// # Errors
/// Returns one sentence with the reason if the plan can't be read.
pub(crate) fn plan_from_environment() -> Result<Option<ReplayPlan>, String> {
    if asked_for(OLD_REPLAY_VARIABLE).is_some() {
        return Err(format!(
            "{OLD_REPLAY_VARIABLE} is now {REPLAY_VARIABLE}: set that to the file to replay"
        ));
    }
    let Some(path) = asked_for(REPLAY_VARIABLE).map(PathBuf::from) else {
        return Ok(None);
    };
    let wrong = |why| format!("{REPLAY_VARIABLE} is {}: {why}", path.display());
    ReplayPlan::read(&path).map(Some).map_err(wrong)
}

/// Returns the seed that the environment sets, if any.
///
/// # Errors
/// Returns one sentence with the reason if the value is not a seed.
pub(crate) fn seed_from_environment() -> Result<Option<u64>, String> {
    let Some(seed) = asked_for(SEED_VARIABLE) else {
        return Ok(None);
    };
    let number = seed.to_str().and_then(|seed| seed.parse().ok());
    let wrong = || {
        format!(
            "{SEED_VARIABLE} is {seed:?}, but must be a number from 0 to {}",
            u64::MAX
        )
    };
    number.map(Some).ok_or_else(wrong)
}

impl CommandLine {
    /// Returns the command line that repeats a run: the plan that it replays, or a seed.
    fn again(&self, seed: u64) -> String {
        let Some((path, stored)) = &self.plan else {
            return self.with_seed(seed);
        };
        let stored = flags::flags(stored);
        let mut changed = flags::flags(&self.options);
        changed.retain(|flag| !stored.contains(flag));
        self.with_plan(path, changed)
    }

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
            Replay::Command(Box::new(echo())).of_plan(&path),
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
            Replay::Command(Box::new(line)).of(7),
            "cargo sim echo --rate=9 --encoded --replay=replay.json"
        );
    }
}
