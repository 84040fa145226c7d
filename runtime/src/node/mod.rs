//! What a node is: the struct that the macros implement these traits for, what its fields are filled in
//! from, and the loop that hands it messages.

mod answer;
mod background;
mod builtin;
mod deadline;
mod disk;
mod early;
mod field;
#[cfg(feature = "clap")]
mod flags;
mod handlers;
mod host;
mod init;
mod outbox;
mod parts;
mod peers;
mod returns;
mod run;
mod serve;
mod session;
mod topology;

pub use answer::{Answer, Later};
pub use background::{every, millis, seconds, task};
pub use disk::{Disk, STORAGE_VARIABLE};
pub use early::{EARLY_BYTES, EARLY_MESSAGES};
pub use field::Field;
#[cfg(feature = "clap")]
pub use flags::Flags;
pub use handlers::{HANDLER_DEADLINE, Handlers, Node};
pub use host::{Host, Refusal};
pub use init::{FromInit, Init};
pub(crate) use parts::{GOSSIP, Part};
pub use peers::{Callable, Peers};
pub use returns::{Completion, Fallible, IntoError, done, result};
pub use run::run;
pub use serve::serve;
