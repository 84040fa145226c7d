//! A library for Maelstrom nodes: a node is a struct with annotated methods.
//!
//! ```no_run
//! use mael::prelude::*;
//!
//! #[node]
//! struct Echo;
//!
//! #[handlers]
//! impl Echo {
//!     /// Echoes the request back.
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
//! Where to start:
//!
//! - The guide, a book in `docs/guide` of the repository, builds nodes from an echo to Raft, one
//!   page each, and explains how to test them, how to read the results, and how to debug.
//!   `docs/guide/src/README.md` lists its pages, which can be read as Markdown;
//!   `mdbook serve docs/guide` shows them as a book.
//! - [`#[node]`](macro@node) marks the struct, whose fields are set from the `init` message.
//!   [`#[handlers]`](macro@handlers) marks its `impl` block. In it, [`#[handler]`](macro@handler)
//!   marks a method that handles a type of request, [`#[every]`](macro@every) one that is called at
//!   a fixed interval, [`#[task]`](macro@task) one that runs in the background, and
//!   [`#[init]`](macro@init) one that is called once at the start.
//! - These types can be fields: [`NodeId`], [`Nodes`], [`Peers`] and [`Net`] for the cluster;
//!   [`LinKv`], [`SeqKv`], [`LwwKv`] and [`LinTso`] for the services; [`Lock`] and [`Locks`];
//!   [`Gossip`](crdt::Gossip) for replicated state; [`Persistent`], [`PersistentLog`] and
//!   [`Storage`] for data that outlives the node; [`Notify`]; `Flags`, with the feature `clap`; and
//!   any type with a `Default`.
//! - [`run`] is the `main` of a node's program. [`run_with()`] runs a node on any
//!   [`Transport`](transport::Transport) and [`Runtime`](executor::Runtime), such as those of a
//!   simulation.
//!
//! A node has one thread. Handlers written as `fn` run in the order in which requests arrive;
//! handlers written as `async fn` interleave at `.await` only. So a `Cell` or a `RefCell` is
//! sufficient for mutable state.
//!
//! Time, randomness and tasks come from [`time`], [`random`] and [`spawn()`], so that the same node
//! runs in real time and in virtual time. `mael_sim::simulate`, in the package `mael-sim`, runs it
//! in virtual time, in a test, with faults, and finds seeds that fail.
//!
//! # Features
//!
//! - `clap`: `Flags`, the typed flags of a node's program.

pub mod crdt;
mod error;
pub mod executor;
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

/// The examples in the documentation of the macros.
#[cfg(doctest)]
mod macros {
    #[doc = include_str!("../../macros/docs/every.md")]
    struct Every;
    #[doc = include_str!("../../macros/docs/handler.md")]
    struct Handler;
    #[doc = include_str!("../../macros/docs/handlers.md")]
    struct Handlers;
    #[doc = include_str!("../../macros/docs/init.md")]
    struct Init;
    #[doc = include_str!("../../macros/docs/message.md")]
    struct Message;
    #[doc = include_str!("../../macros/docs/node.md")]
    struct Node;
    #[doc = include_str!("../../macros/docs/operations.md")]
    struct Operations;
    #[doc = include_str!("../../macros/docs/specification.md")]
    struct Specification;
    #[doc = include_str!("../../macros/docs/task.md")]
    struct Task;
    #[doc = include_str!("../../macros/docs/workload.md")]
    struct Workload;
}

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
