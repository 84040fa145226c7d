//! What a node's file needs: `use mael::prelude::*;`.

pub use std::cell::{Cell, OnceCell, RefCell};
pub use std::collections::{BTreeMap, BTreeSet};
pub use std::process::ExitCode;
pub use std::rc::Rc;

pub use crate::{Error, ErrorCode, NodeId, Nodes, handler, handlers, node};
