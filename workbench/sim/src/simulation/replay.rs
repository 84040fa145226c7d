//! How to replay a seed or a plan: with a command line, or with an environment variable of a test.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{env, thread};

use super::ReplayPlan;
use crate::options::flags::command_line;

/// The environment variable with the seed that the simulations of a test run instead of their own
/// seeds.
const SEED_VARIABLE: &str = "MAEL_SEED";

/// The environment variable with the file of the plan that the simulations of a test replay instead
/// of their seeds.
const REPLAY_VARIABLE: &str = "MAEL_REPLAY";

/// The name of that variable in earlier versions.
const OLD_REPLAY_VARIABLE: &str = "MAEL_PLAN";

/// How a simulation was started, and can be replayed: by a builder in a test, or by a command
/// line.
pub(crate) trait Replay: Send + Sync {
    /// Returns the command that replays a seed, or the plan that was replayed instead of it.
    fn of(&self, seed: u64) -> String;

    /// Returns the command that replays the plan in a file.
    fn of_plan(&self, path: &Path) -> String;
}

/// A builder in a test.
pub(super) struct Builder;

impl Replay for Builder {
    fn of(&self, seed: u64) -> String {
        match asked_for(REPLAY_VARIABLE) {
            Some(path) => cargo_test(REPLAY_VARIABLE, &path.to_string_lossy()),
            None => cargo_test(SEED_VARIABLE, &seed.to_string()),
        }
    }

    fn of_plan(&self, path: &Path) -> String {
        cargo_test(REPLAY_VARIABLE, &path.to_string_lossy())
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
