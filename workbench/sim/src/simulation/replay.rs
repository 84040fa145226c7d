//! How to replay a seed or a plan: by the environment of a test, or by a command.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{env, thread};

use super::ReplayPlan;
use crate::options::Options;
use crate::options::flags::{self, command_line};

/// The environment variable that makes the simulations of a test run one seed in place of theirs.
const SEED_VARIABLE: &str = "MAEL_SEED";

/// The environment variable that makes the simulations of a test replay the plan in a file in place
/// of their seeds.
const REPLAY_VARIABLE: &str = "MAEL_REPLAY";

/// The name of that variable in earlier versions.
const OLD_REPLAY_VARIABLE: &str = "MAEL_PLAN";

/// The flag that has each seed pick its faults.
pub(crate) const SWARM: &str = "--swarm";

/// What runs a simulation, and can replay it.
pub(crate) enum Replay {
    /// A builder in a test.
    Builder,
    /// A command line.
    Command(Box<CommandLine>),
}

/// A command line that simulates something.
pub(crate) struct CommandLine {
    /// What calls the simulator, as it is typed.
    pub(crate) command: &'static str,
    /// What is simulated.
    pub(crate) name: String,
    /// The options of the test.
    pub(crate) options: Options,
    /// The file of the plan that is replayed, and the options there.
    pub(crate) plan: Option<(PathBuf, Options)>,
    /// The flags of the simulator that change what a run is.
    pub(crate) switches: Vec<&'static str>,
    /// What follows after `--`.
    pub(crate) node_args: Vec<String>,
}

impl Replay {
    /// What to call or type for a seed, or for the plan that was played in its place.
    pub(crate) fn of(&self, seed: u64) -> String {
        match self {
            Self::Builder => match asked_for(REPLAY_VARIABLE) {
                Some(path) => cargo_test(REPLAY_VARIABLE, &path.to_string_lossy()),
                None => cargo_test(SEED_VARIABLE, &seed.to_string()),
            },
            Self::Command(line) => line.again(seed),
        }
    }

    /// What to call or type for the plan in a file.
    pub(crate) fn of_plan(&self, path: &Path) -> String {
        match self {
            Self::Builder => cargo_test(REPLAY_VARIABLE, &path.to_string_lossy()),
            Self::Command(line) => line.with_plan(path, Vec::new()),
        }
    }
}

/// The command that runs this test alone, with a variable set.
fn cargo_test(variable: &str, value: &str) -> String {
    let value = command_line([value]);
    let command = ["cargo test".to_owned()].into_iter().chain(test_name());
    let command: Vec<String> = command.collect();
    format!("{variable}={value} {}", command.join(" "))
}

/// The name of the test that runs on this thread: the harness gives a test's thread the name of the
/// test, if it has one for it.
pub(crate) fn test_name() -> Option<String> {
    let thread = thread::current();
    let name = thread.name().filter(|name| *name != "main");
    name.map(str::to_owned)
}

/// What a variable of the environment says, if it is there and says something.
fn asked_for(variable: &str) -> Option<OsString> {
    env::var_os(variable).filter(|value| !value.is_empty())
}

/// The plan that the environment asks for, if it does.
///
/// # Errors
/// When it can't be read; says in one sentence why.
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

/// The seed that the environment asks for, if it does.
///
/// # Errors
/// When it asks for something that is no seed; says so in one sentence.
pub(crate) fn seed_from_environment() -> Result<Option<u64>, String> {
    let Some(seed) = asked_for(SEED_VARIABLE) else {
        return Ok(None);
    };
    let number = seed.to_str().and_then(|seed| seed.parse().ok());
    let wrong = || {
        format!(
            "{SEED_VARIABLE} is {seed:?}, and must be a number from 0 to {}",
            u64::MAX
        )
    };
    number.map(Some).ok_or_else(wrong)
}

impl CommandLine {
    /// The command line that runs the same again: the plan that it replays, or else a seed.
    fn again(&self, seed: u64) -> String {
        let Some((path, stored)) = &self.plan else {
            return self.with_seed(seed);
        };
        let stored = flags::flags(stored);
        let mut changed = flags::flags(&self.options);
        changed.retain(|flag| !stored.contains(flag));
        self.with_plan(path, changed)
    }

    /// The command line that replays the plan in a file, with these flags in place of its options.
    fn with_plan(&self, path: &Path, changed: Vec<String>) -> String {
        let mut words = changed;
        // The plan has the faults that a swarm picked.
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

    /// The command with these flags, and with the arguments of the node.
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
    fn a_seed_is_replayed_with_all_flags_that_change_a_run() {
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
    fn a_plan_is_replayed_with_the_flags_that_change_it() {
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
