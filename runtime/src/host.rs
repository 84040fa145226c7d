//! What a node's process, or its simulation, provides: arguments and storage.

use std::ffi::OsString;

use crate::storage::Disk;

/// What a node is started with.
#[derive(Clone, Debug, Default)]
pub struct Host {
    /// The program's arguments, without its name.
    pub args: Vec<OsString>,
    /// Where nodes keep what must outlive them.
    pub disk: Disk,
}

/// Why a node does not start: what to tell, and the exit status to end with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What to tell. With status 0 it goes to stdout, since it was asked for.
    pub text: String,
    /// The exit status.
    pub status: u8,
}
