//! Flags that can be read, but not be used.

use std::fmt;

/// Flags that were understood, but make no sense.
#[derive(Debug)]
pub(super) struct BadArguments(String);

impl fmt::Display for BadArguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadArguments {}

/// Makes the error of flags that make no sense.
pub fn bad(text: impl Into<String>) -> anyhow::Error {
    BadArguments(text.into()).into()
}
