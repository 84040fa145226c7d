//! Random numbers: from the operating system when a node runs as a process, from the seed in a
//! simulation.
//!
//! ```
//! use mael::prelude::*;
//!
//! #[node]
//! struct Lottery {
//!     nodes: Nodes,
//! }
//!
//! #[handlers]
//! impl Lottery {
//!     /// Returns a random node.
//!     #[handler(reply = "winner")]
//!     fn draw(&self) -> NodeId {
//!         let index = mael::random::range(0..self.nodes.len() as u64);
//!         self.nodes[index as usize].clone()
//!     }
//!
//!     /// Returns 64 random bits.
//!     #[handler(reply = "id")]
//!     fn id(&self) -> u64 {
//!         mael::random::u64()
//!     }
//!
//!     /// Returns true with a probability of 10 %.
//!     #[handler(reply = "won")]
//!     fn scratch(&self) -> bool {
//!         mael::random::f64() < 0.1
//!     }
//! }
//! ```

use std::ops::Range;

use crate::executor::with_runtime;

/// Returns 64 random bits.
///
/// # Panics
/// Panics if called outside a node.
pub fn u64() -> u64 {
    with_runtime("mael::random", |runtime| runtime.random())
}

/// Returns an integer from `range`, uniformly distributed.
///
/// # Panics
/// Panics if called outside a node, or if the range is empty.
pub fn range(range: Range<u64>) -> u64 {
    fastrand::Rng::with_seed(u64()).u64(range)
}

/// Returns a number in the range from 0 (inclusive) to 1 (exclusive), uniformly distributed.
///
/// # Panics
/// Panics if called outside a node.
pub fn f64() -> f64 {
    fastrand::Rng::with_seed(u64()).f64()
}
