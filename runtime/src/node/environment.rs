//! The environment of a node: arguments, storage and log level.

use std::ffi::OsString;

use super::disk::Disk;
use crate::executor::LogLevel;

/// The environment of a node, provided by its process or simulation.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// The program's arguments, without its name.
    pub args: Vec<OsString>,
    /// Where the node's storage is.
    pub disk: Disk,
    /// The log level of the node.
    pub log_level: LogLevel,
}

/// The reason why a node does not start: a text to print, and an exit status.
///
/// ```
/// use mael::{Field, FromInit, Environment, Init, StartupError};
///
/// /// The program's only argument.
/// struct Name(String);
///
/// fn name(environment: &Environment) -> Result<String, StartupError> {
///     match &*environment.args {
///         [name] => Ok(name.to_string_lossy().into_owned()),
///         _ => Err(StartupError { text: "expected one argument".to_owned(), status: 2 }),
///     }
/// }
///
/// impl FromInit for Name {
///     fn check_args(environment: &Environment) -> Result<(), StartupError> {
///         name(environment).map(drop)
///     }
///
///     fn from_init(init: &Init, _: &Field) -> mael::Result<Self> {
///         name(init.environment()).map(Self).map_err(|error| mael::Error::crash(error.text))
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartupError {
    /// The text to print: to stdout if the status is 0, otherwise to stderr.
    pub text: String,
    /// The exit status.
    pub status: u8,
}
