//! The name and the flags of a declared workload.

use std::fmt::Display;
use std::str::FromStr;

/// The name, documentation and flags of a workload. Implemented by `#[workload]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a workload",
    label = "not marked with `#[workload]`",
    note = "mark the struct with `#[workload]`, and its `impl` block with `#[operations]`"
)]
pub trait Declaration: Default {
    /// The name of the workload.
    const NAME: &'static str;

    /// What nodes must do, in Markdown.
    const DOC: &'static str;

    /// Whether a client is reused after an operation whose outcome is unknown, rather than replaced
    /// by a new one.
    const REUSES_CLIENTS: bool = false;

    /// Whether clients don't handle errors and timeouts: each is an exception, and the outcome is
    /// unknown even if the error is definite.
    const UNHANDLED_ERRORS: bool = false;

    /// Returns the flags, one for each field.
    fn flags(&self) -> Vec<FlagType> {
        Vec::new()
    }

    /// Sets a flag. Returns `None` if there is no flag with this name.
    fn set(&mut self, _flag: &str, _text: &str) -> Option<Result<(), String>> {
        None
    }
}

/// A flag of a declared workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlagType {
    /// Its name, without `--`.
    pub name: &'static str,
    /// Its documentation, for `--help`.
    pub doc: &'static str,
    /// Its current value.
    pub value: String,
}

impl FlagType {
    /// Creates the flag of a field.
    pub fn new(name: &'static str, doc: &'static str, value: &impl Display) -> Self {
        Self {
            name,
            doc,
            value: value.to_string(),
        }
    }
}

/// Sets a field to the value of a flag. The expansion of `#[workload]` calls it.
///
/// # Errors
/// When the text is not a value of the field's type.
pub fn set<T: FromStr<Err: Display>>(field: &mut T, text: &str) -> Result<(), String> {
    *field = text.parse().map_err(|error: T::Err| error.to_string())?;
    Ok(())
}
