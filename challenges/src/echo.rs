//! Echo: a node says what it is told.
//!
//! Each request is answered from its own content, so nothing can go wrong under any fault but the
//! loss of the node itself. Cost: no messages between servers.

/// A node that answers `echo`.
#[mael::node]
pub struct Echo;

#[mael::handlers]
impl Echo {
    /// Says what it is told.
    #[handler(type = "echo", reply = "echo")]
    fn echo(&self, echo: String) -> String {
        echo
    }
}
