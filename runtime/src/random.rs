//! Randomness as a node sees it: from the system under a bench of processes, from the run's seed
//! in simulation.
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
//!     /// Some node.
//!     #[handler(reply = "winner")]
//!     fn draw(&self) -> NodeId {
//!         let index = mael::random::range(0..self.nodes.len() as u64);
//!         self.nodes[index as usize].clone()
//!     }
//!
//!     /// 64 random bits.
//!     #[handler(reply = "id")]
//!     fn id(&self) -> u64 {
//!         mael::random::u64()
//!     }
//!
//!     /// True in one of ten draws.
//!     #[handler(reply = "won")]
//!     fn scratch(&self) -> bool {
//!         mael::random::f64() < 0.1
//!     }
//! }
//! ```

use std::ops::Range;

use crate::executor::with_runtime;

/// 64 random bits.
///
/// # Panics
/// Outside a node.
pub fn u64() -> u64 {
    with_runtime("mael::random", |runtime| runtime.random())
}

/// An integer of `range`, each equally likely. The end is excluded.
///
/// # Panics
/// Outside a node, and if the range is empty.
pub fn range(range: Range<u64>) -> u64 {
    fastrand::Rng::with_seed(u64()).u64(range)
}

/// A number from 0 up to but not including 1.
///
/// # Panics
/// Outside a node.
pub fn f64() -> f64 {
    fastrand::Rng::with_seed(u64()).f64()
}
