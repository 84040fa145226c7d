//! Invalid arguments.

use std::fmt;

/// Arguments that were parsed, but are invalid.
#[derive(Debug)]
pub(super) struct BadArguments(String);

impl fmt::Display for BadArguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadArguments {}

/// Returns the error of invalid arguments, which ends a command with exit status 254.
pub fn bad(text: impl Into<String>) -> anyhow::Error {
    BadArguments(text.into()).into()
}
