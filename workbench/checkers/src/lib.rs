//! Checkers of the histories of distributed systems. Each is a pure function from a history to a
//! [`Verdict`].

mod anomalies;
pub mod availability;
pub mod convergent;
pub mod counter;
pub mod coverage;
pub mod elle;
pub mod exceptions;
mod explained;
mod findings;
pub mod independent;
pub mod kafka;
pub mod linearizable;
pub mod net;
pub mod quantile;
pub mod sequential;
pub mod set_full;
pub mod specification;
pub mod stats;
pub mod stricter;
pub mod unique_ids;
mod verdict;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use anomalies::{anomalies_of, named_anomalies};
pub use coverage::Coverage;
pub use explained::{Explained, explained};
pub use findings::Findings;
pub use stats::Counts;
pub use verdict::Verdict;
