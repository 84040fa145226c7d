//! The rules: each is an `if` and a sentence at the token that breaks it, saying what to write.
//!
//! What passes becomes the [`model`](crate::model).

mod generics;
mod handler;
mod handlers;
mod message;
mod names;
mod node;
mod parameter;
mod reply;
mod signature;
mod task;

pub(crate) use handlers::check as handlers;
pub(crate) use message::check as message;
pub(crate) use node::check as node;
