//! Echo: replies to each request with its own content.
//!
//! The node keeps no state, so faults only affect whether a request is answered. Cost: no messages
//! between servers.

/// A node that handles `echo` requests.
#[mael::node]
pub struct Echo;

#[mael::handlers]
impl Echo {
    /// Echoes the request back.
    #[handler(type = "echo", reply = "echo")]
    fn echo(&self, echo: String) -> String {
        echo
    }
}
