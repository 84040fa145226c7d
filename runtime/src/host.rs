//! What a node's process, or its simulation, provides: arguments, storage, how much to tell.

use std::ffi::OsString;

use crate::log::LogLevel;
use crate::storage::Disk;

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What to tell. With status 0 it goes to stdout, since it was asked for.
    pub text: String,
    /// The exit status.
    pub status: u8,
}
