//! What a node's process, or its simulation, provides: arguments, storage, how much to tell.

use std::ffi::OsString;

use super::disk::Disk;
use crate::executor::LogLevel;

/// What a node is started with.
#[derive(Clone, Debug, Default)]
pub struct Host {
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
/// use mael::{Field, FromInit, Host, Init, Refusal};
///
/// /// The program's one argument.
/// struct Name(String);
///
/// fn name(host: &Host) -> Result<String, Refusal> {
///     match &*host.args {
///         [name] => Ok(name.to_string_lossy().into_owned()),
///         _ => Err(Refusal { text: "give the node one argument, its name".to_owned(), status: 2 }),
///     }
/// }
///
/// impl FromInit for Name {
///     fn prepare(host: &Host) -> Result<(), Refusal> {
///         name(host).map(drop)
///     }
///
///     fn from_init(init: &Init, _: &Field) -> mael::Result<Self> {
///         name(init.host()).map(Self).map_err(|refusal| mael::Error::crash(refusal.text))
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What to tell. With status 0 it goes to stdout, since it was asked for.
    pub text: String,
    /// The exit status.
    pub status: u8,
}
