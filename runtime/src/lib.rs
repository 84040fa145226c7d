//! Write a Maelstrom node as a struct and a few annotated methods.
//!
//! ```no_run
//! use mael::prelude::*;
//!
//! #[node]
//! struct Echo;
//!
//! #[handlers]
//! impl Echo {
//!     /// Says what it is told.
//!     #[handler(type = "echo", reply = "echo")]
//!     fn echo(&self, echo: String) -> String {
//!         echo
//!     }
//! }
//!
//! fn main() -> ExitCode {
//!     mael::run::<Echo>()
//! }
//! ```
//!
//! Where to begin:
//!
//! - [`guide`] is a tutorial in five steps: [echo](guide::echo), [a counter](guide::counter),
//!   [gossip with retries](guide::gossip), [a key-value store](guide::key_value),
//!   [a lock](guide::lock). Then [simulation](guide::simulation), and
//!   [what the macros write](guide::expansion).
//! - [`#[node]`](macro@node) marks the struct: its fields are filled in from the `init` message.
//!   [`#[handlers]`](macro@handlers) marks its impl block; in it [`#[handler]`](macro@handler)
//!   answers a type of request, [`#[every]`](macro@every) runs again and again,
//!   [`#[task]`](macro@task) beside the handlers, and [`#[init]`](macro@init) once, at the start.
//! - What a field can be: [`NodeId`], [`Nodes`], [`Peers`] and [`Net`] for the cluster; [`LinKv`],
//!   [`SeqKv`], [`LwwKv`] and [`LinTso`] for the services; [`Lock`] and [`Locks`];
//!   [`Gossip`](crdt::Gossip) for a state that all nodes keep together; [`Persistent`] and
//!   [`PersistentLog`] for what outlives the node, and [`Storage`] below them; [`Notify`]; `Flags`,
//!   with the feature `clap`; and anything that has a `Default`.
//! - [`run`] is the program; [`run_with()`] is the same over any
//!   [`Transport`](transport::Transport) and [`Runtime`](executor::Runtime), which is how nodes are
//!   simulated.
//!
//! A node has one thread. Handlers written as `fn` run in the order in which requests arrive;
//! handlers written as `async fn` run until they have to wait, and interleave only at `.await`.
//! So state needs no lock: a `Cell` or a `RefCell` will do.
//!
//! Time, randomness and tasks come from [`time`], [`random`] and [`spawn()`], so that the same node
//! runs in real and in virtual time.
//!
//! # Features
//!
//! - `clap`: `Flags`, the typed flags of a node's program.

pub mod crdt;
mod error;
pub mod executor;
pub mod guide;
mod id;
pub mod kv;
pub mod lock;
mod message_body;
pub mod node;
pub mod prelude;
pub mod protocol;
pub mod random;
pub mod rpc;
mod storage;
pub mod time;
pub mod transport;

#[cfg(feature = "clap")]
pub use clap;
#[doc(hidden)]
pub use serde;

pub use error::{Error, ErrorCode, Result};
pub use executor::spawn::spawn;
pub use executor::{LOG_VARIABLE, LogLevel, LogRecord, Notify, Panic};
pub use id::{NodeId, Nodes};
pub use kv::{LinKv, LinTso, LwwKv, SeqKv};
pub use lock::{Lock, Locks};
pub use log;
pub use mael_macros::{every, handler, handlers, init, message, node, task};
pub use message_body::MessageBody;
#[cfg(feature = "clap")]
pub use node::Flags;
pub use node::{
    Disk, Environment, Field, FromInit, Init, Peers, STORAGE_VARIABLE, StartupError, run, run_with,
};
pub use rpc::{Call, DEFAULT_RPC_TIMEOUT, Net, Peer, Replies, call};
pub use storage::{Persistent, PersistentLog, Storage};
