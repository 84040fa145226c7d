//! Echo: a node says what it is told.
//!
//! Each request is answered from its own content, so nothing can go wrong under any fault but the
//! loss of the node itself. Cost: no messages between servers.

use mael::prelude::*;

/// A node that answers `echo`.
#[node]
pub struct Echo;

#[handlers]
impl Echo {
    /// Says what it is told.
    #[handler(type = "echo", reply = "echo")]
    fn echo(&self, echo: String) -> String {
        echo
    }
}
