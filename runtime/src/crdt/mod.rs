//! Conflict-free replicated data types (CRDTs): state that each node changes locally, and that
//! converges to the same state on all nodes.
//!
//! Types that implement [`Merge`] are state-based CRDTs (Shapiro et al., "A comprehensive study of
//! Convergent and Commutative Replicated Data Types", 2011, section 2.2.1). [`Gossip`] is a field
//! of a node with such state, which it sends to the other nodes.

mod gossip;
mod merge;

pub use gossip::Gossip;
pub use merge::{Max, Merge};
