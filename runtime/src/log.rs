//! What a node tells its operator, and how much of it.

use std::fmt;
use std::str::FromStr;

use crate::runtime::scope::{log_level, with_runtime};

/// The environment variable that says how much a node tells: `warn`, the default, or `debug`.
pub const LOG_VARIABLE: &str = "MAEL_LOG";

/// How much a node tells its operator, on stderr unless its runtime has a better place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogLevel {
    /// Only trouble: what can't be read, what fails and has nobody to be told, panics.
    #[default]
    Warn,
    /// Also each message in and out, each timer, and each call that is late or made again.
    Debug,
}

impl LogLevel {
    /// What the environment says.
    ///
    /// # Errors
    /// One sentence, when `MAEL_LOG` is neither a level nor empty nor absent.
    pub fn from_environment() -> Result<Self, String> {
        match std::env::var_os(LOG_VARIABLE) {
            Some(level) if !level.is_empty() => level.to_string_lossy().parse(),
            _ => Ok(Self::default()),
        }
    }
}

impl FromStr for LogLevel {
    type Err = String;

    fn from_str(level: &str) -> Result<Self, String> {
        match level {
            "warn" => Ok(Self::Warn),
            "debug" => Ok(Self::Debug),
            _ => Err(format!(
                "{LOG_VARIABLE} is {level:?}, and must be `warn` or `debug`"
            )),
        }
    }
}

/// Tells one line. The scope of a node must be the current one.
pub(crate) fn line(text: fmt::Arguments<'_>) {
    with_runtime("mael's log", |runtime| runtime.log(&text.to_string()));
}

/// Tells one line if the node is to tell everything. The scope of a node must be the current one.
pub(crate) fn debug(text: fmt::Arguments<'_>) {
    if log_level() == LogLevel::Debug {
        line(text);
    }
}
