//! The parts of a node's own code that the runtime calls.

use std::fmt;
use std::panic::Location;

/// A part of a node's own code that the runtime calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity<'a> {
    /// Creating the node's fields, and the method marked `#[init]`.
    Init,
    /// The handler of a message type, including deserializing the request and serializing the
    /// reply.
    Handler(&'a str),
    /// A method marked `#[every]`.
    Timer(&'a str),
    /// A method marked `#[task]`.
    Task(&'a str),
    /// A task that was spawned at this location.
    Spawned(&'static Location<'static>),
    /// A detached call to another node.
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
            Self::Spawned(location) => {
                write!(
                    f,
                    "the task spawned at {}:{}",
                    location.file(),
                    location.line()
                )
            }
            Self::Call(msg_type) => write!(f, "a detached call of `{msg_type}`"),
            Self::Drop => f.write_str("the node's destructor"),
        }
    }
}
