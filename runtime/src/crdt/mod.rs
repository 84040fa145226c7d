//! Conflict-free replicated data types: states that all nodes change on their own, and that come to
//! be the same everywhere, in whatever order and however often the nodes tell each other.
//!
//! A type whose states have a [`Merge`] is one (Shapiro et al., "A comprehensive study of
//! Convergent and Commutative Replicated Data Types", 2011, section 2.2.1). [`Gossip`] is a field
//! of a node that holds such a state, and has the nodes tell it to each other.

mod gossip;
mod merge;

pub use gossip::Gossip;
pub use merge::{Max, Merge};
