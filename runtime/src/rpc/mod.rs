//! Calls to other nodes, services and clients.

mod arguments;
pub(crate) mod backoff;
pub mod call;
mod net;
mod peer;
mod replies;

pub(crate) use backoff::Backoff;
pub use call::Call;
pub use net::{DEFAULT_RPC_TIMEOUT, Net};
pub use peer::Peer;
pub use replies::Replies;
