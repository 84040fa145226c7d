//! Validates parsed items. Each rule is an `if` and an error at the offending token that says what
//! to write instead.
//!
//! Valid items become the [`model`](crate::model).

mod generics;
mod handler;
mod handlers;
mod message;
mod names;
mod node;
mod operations;
mod parameter;
mod reply;
mod signature;
mod specification;
mod task;
mod workload;

pub(crate) use handlers::check as handlers;
pub(crate) use message::check as message;
pub(crate) use node::check as node;
pub(crate) use specification::check as specification;
pub(crate) use workload::{operations, workload};
