//! How a person has a seed or a plan run again.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{env, fs, thread};

use super::Plan;
use crate::options::Options;
use crate::options::flags::{self, command_line};

/// The environment variable that has the simulations of a test run one seed in place of theirs.
const SEED_VARIABLE: &str = "MAEL_SEED";

/// The environment variable that has the simulations of a test play the plan in a file in place of
/// their seeds.
const PLAN_VARIABLE: &str = "MAEL_PLAN";

/// The flag that has each seed pick its faults.
pub(crate) const SWARM: &str = "--swarm";

/// What asked for a simulation, and so can ask for it again.
pub(crate) enum Replay {
    /// A builder in somebody's test.
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
    /// The flags of the simulator that change what a run is.
    pub(crate) switches: Vec<&'static str>,
    /// What follows after `--`.
    pub(crate) node_args: Vec<String>,
}

impl Replay {
    /// What to call or type for a seed, or for the plan that was played in its place.
    pub(crate) fn of(&self, seed: u64) -> String {
        match self {
            Self::Builder => match asked_for(PLAN_VARIABLE) {
                Some(path) => cargo_test(PLAN_VARIABLE, &path.to_string_lossy()),
                None => cargo_test(SEED_VARIABLE, &seed.to_string()),
            },
            Self::Command(line) => line.with_seed(seed),
        }
    }

    /// What to call or type for a plan that is kept in a file: all of it for a builder, and its
    /// script for a command, which takes the rest as flags.
    pub(crate) fn of_plan(&self, plan: &Plan, path: &Path) -> String {
        match self {
            Self::Builder => cargo_test(PLAN_VARIABLE, &path.to_string_lossy()),
            Self::Command(line) => line.with_script(plan, path),
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
pub(crate) fn plan_from_environment() -> Result<Option<Plan>, String> {
    let Some(path) = asked_for(PLAN_VARIABLE).map(PathBuf::from) else {
        return Ok(None);
    };
    let text = fs::read_to_string(&path).map_err(|error| error.to_string());
    let plan = text.and_then(|text| Plan::from_json(&text));
    let wrong = |why| format!("{PLAN_VARIABLE} is {}: {why}", path.display());
    plan.map(Some).map_err(wrong)
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
    /// The command line that plays the script of a plan, which is in a file.
    fn with_script(&self, plan: &Plan, script: &Path) -> String {
        // The plan has the faults that a swarm picked.
        let switches = self.switches.iter().filter(|flag| **flag != SWARM);
        let mut words: Vec<String> = plan.flags();
        words.extend(switches.map(|flag| (*flag).to_owned()));
        words.push(format!("--seed={}", plan.options.seed));
        words.push(format!("--script={}", script.display()));
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
    use crate::engine::Script;

    fn echo() -> CommandLine {
        CommandLine {
            command: "cargo sim",
            name: "echo".to_owned(),
            options: Options::default(),
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
    fn a_script_is_played_with_what_it_does_not_say() {
        let options = Options {
            loss: 0.5,
            rate: 9.0,
            ..Options::default()
        };
        let script = Script::default();
        let plan = Plan { options, script };
        assert_eq!(
            echo().with_script(&plan, Path::new("script.json")),
            "cargo sim echo --loss=0.5 --encoded --seed=0 --script=script.json"
        );
    }
}
