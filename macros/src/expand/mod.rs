//! Writes the generated code, one file per thing that is written.
//!
//! Everything is named by its whole path, so that nothing a user has in scope, or lacks, matters.
//! Names of our own are hygienic: a parameter called `src` or `body` is never taken for ours.

pub(crate) mod client;
mod decode;
pub(crate) mod derives;
pub(crate) mod dispatch;
pub(crate) mod fallback;
mod handle;
pub(crate) mod messages;
pub(crate) mod node;
mod serde_with;
mod timers;
mod tokens;
