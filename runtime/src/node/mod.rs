//! The node loop, the traits that the macros implement, and the types that a node's fields are set
//! from.

mod background;
mod builtin;
mod deadline;
mod disk;
mod environment;
mod field;
#[cfg(feature = "clap")]
mod flags;
mod gossip_fields;
mod handlers;
mod init;
mod outbox;
mod peers;
mod pre_init;
mod response;
mod returns;
mod run;
mod run_with;
mod session;
mod topology;

pub use background::{every, millis, seconds, task};
pub use disk::{Disk, STORAGE_VARIABLE};
pub use environment::{Environment, StartupError};
pub use field::Field;
#[cfg(feature = "clap")]
pub use flags::Flags;
pub(crate) use gossip_fields::{GOSSIP, GossipField};
pub use handlers::{HANDLER_DEADLINE, Handlers, Node};
pub use init::{FromInit, Init};
pub use peers::{Callable, Peers};
pub use pre_init::{PRE_INIT_BYTES, PRE_INIT_MESSAGES};
pub use response::{Deferred, Response};
pub use returns::{Completion, Fallible, IntoError, done, result};
pub use run::run;
pub use run_with::run_with;
