//! Randomness as a node sees it: from the system under a bench of processes, from the run's seed
//! in simulation.

use std::ops::Range;

use crate::runtime::scope::with_runtime;

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
