//! The imports of a typical node: `use mael::prelude::*;`.

pub use std::cell::{Cell, OnceCell, RefCell};
pub use std::collections::{BTreeMap, BTreeSet};
pub use std::process::ExitCode;
pub use std::rc::Rc;

#[cfg(feature = "clap")]
pub use crate::Flags;
pub use crate::crdt::{Gossip, Max};
pub use crate::log;
pub use crate::{
    Error, ErrorCode, LinKv, LinTso, Lock, Locks, LwwKv, Net, NodeId, Nodes, Notify, Peers,
    Persistent, PersistentLog, SeqKv, Storage, every, handler, handlers, init, node, task,
};
