//! What a node's process, or its simulation, provides: arguments, storage, how much to tell.

use std::ffi::OsString;

use super::disk::Disk;
use crate::executor::LogLevel;

/// What a node is started with.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// The program's arguments, without its name.
    pub args: Vec<OsString>,
    /// Where nodes keep what must outlive them.
    pub disk: Disk,
    /// How much the node tells its operator.
    pub log_level: LogLevel,
}

/// Why a node does not start: what to tell, and the exit status to end with.
///
/// ```
/// use mael::{Field, FromInit, Environment, Init, StartupError};
///
/// /// The program's one argument.
/// struct Name(String);
///
/// fn name(environment: &Environment) -> Result<String, StartupError> {
///     match &*environment.args {
///         [name] => Ok(name.to_string_lossy().into_owned()),
///         _ => Err(StartupError { text: "give the node one argument, its name".to_owned(), status: 2 }),
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
    /// What to tell. With status 0 it goes to stdout, since it was asked for.
    pub text: String,
    /// The exit status.
    pub status: u8,
}
