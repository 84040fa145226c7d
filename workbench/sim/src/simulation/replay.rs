//! How a person has a seed or a plan run again.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{env, fs, thread};

use super::Plan;
use crate::flags::command_line;

/// The environment variable that has the simulations of a test run one seed in place of theirs.
const SEED_VARIABLE: &str = "MAEL_SEED";

/// The environment variable that has the simulations of a test play the plan in a file in place of
/// their seeds.
const PLAN_VARIABLE: &str = "MAEL_PLAN";

/// What asked for a simulation, and so can ask for it again.
pub(crate) enum Replay {
    /// A builder in somebody's test.
    Builder,
    /// A command line.
    Command(CommandLine),
}

/// A command line that simulates something.
pub(crate) struct CommandLine {
    /// What calls the simulator, as it is typed.
    command: &'static str,
    /// What is simulated.
    name: String,
    /// What follows after it, but for seeds and what is only about many of them.
    words: Vec<String>,
    /// What stands after `--`.
    node: Vec<String>,
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
    /// Reads the arguments of a simulator, its name included.
    pub(crate) fn new(command: &'static str, name: &str, args: &[OsString]) -> Self {
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
            name: name.to_owned(),
            words,
            node: args.map(|arg| arg.into_owned()).collect(),
        }
    }

    /// Says also what was left to a default that a single run has not.
    pub(crate) fn also(&mut self, flag: &str) {
        self.words.push(flag.to_owned());
    }

    /// The command line that plays the script of a plan, which is in a file.
    fn with_script(&self, plan: &Plan, script: &Path) -> String {
        let mut words = vec![self.name.clone()];
        words.extend(plan.flags());
        words.extend(
            self.words
                .iter()
                .filter(|word| ["--encoded", "--allow-panics"].contains(&word.as_str()))
                .cloned(),
        );
        words.push(format!("--seed={}", plan.test.seed));
        words.push(format!("--script={}", script.display()));
        self.line(words)
    }

    fn with_seed(&self, seed: u64) -> String {
        let mut words = self.words.clone();
        words.push(format!("--seed={seed}"));
        self.line(words)
    }

    /// The command with these words, and with the arguments of the node.
    fn line(&self, mut words: Vec<String>) -> String {
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
    use crate::Test;
    use crate::engine::Script;

    fn replayed(words: &str) -> String {
        let args: Vec<OsString> = shlex::split(words)
            .unwrap()
            .into_iter()
            .map(OsString::from)
            .collect();
        let mut line = CommandLine::new("cargo sim", "echo", &args);
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
    fn a_script_is_played_with_what_it_does_not_say() {
        let args = ["sim", "echo", "--encoded", "--rate=9", "--", "--bug"];
        let line = CommandLine::new("cargo sim", "echo", &args.map(OsString::from));
        let test = Test {
            loss: 0.5,
            rate: 9.0,
            ..Test::default()
        };
        let script = Script::default();
        let plan = Plan { test, script };
        assert_eq!(
            line.with_script(&plan, Path::new("script.json")),
            "cargo sim echo --loss=0.5 --encoded --seed=0 --script=script.json -- --bug"
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
