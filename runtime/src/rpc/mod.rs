//! Calls of other nodes, services and clients, and the replies that come back.

mod answers;
mod arguments;
pub(crate) mod backoff;
pub mod call;
mod net;
mod peer;

pub use answers::Answers;
pub(crate) use backoff::Backoff;
pub use call::Call;
pub use net::{DEFAULT_RPC_TIMEOUT, Net};
pub use peer::Peer;
