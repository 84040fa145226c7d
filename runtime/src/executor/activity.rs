//! Which part of a node's own code runs.

use std::fmt;
use std::panic::Location;

/// A piece of a node's own code that the runtime calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity<'a> {
    /// Building the node's fields, and its method marked `#[init]`.
    Init,
    /// The handler of a type of request, with reading the request and writing the reply.
    Handler(&'a str),
    /// A method marked `#[every]`.
    Timer(&'a str),
    /// A method marked `#[task]`.
    Task(&'a str),
    /// A task that was spawned there.
    Spawned(&'static Location<'static>),
    /// A detached call of a handler of another node.
    Call(&'a str),
    /// The destructor of the node itself.
    Drop,
}

impl fmt::Display for Activity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Init => f.write_str("`init`"),
            Self::Handler(msg_type) => write!(f, "the handler of `{msg_type}`"),
            Self::Timer(name) => write!(f, "the timer `{name}`"),
            Self::Task(name) => write!(f, "the task `{name}`"),
            Self::Spawned(place) => {
                write!(f, "the task spawned at {}:{}", place.file(), place.line())
            }
            Self::Call(msg_type) => write!(f, "a detached call of `{msg_type}`"),
            Self::Drop => f.write_str("the node's destructor"),
        }
    }
}
