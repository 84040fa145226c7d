//! Generates code from the model, with a file for each generated item.
//!
//! Items are referred to by absolute paths, so that the user's imports don't matter. Generated
//! local variables are hygienic, so that they don't clash with parameters called `src` or `body`.

pub(crate) mod client;
mod decode;
pub(crate) mod derives;
mod described;
pub(crate) mod dispatch;
pub(crate) mod fallback;
mod handle;
mod marked;
pub(crate) mod messages;
pub(crate) mod node;
mod operations;
mod serde_with;
pub(crate) mod specification;
mod timers;
mod tokens;
pub(crate) mod workload;
