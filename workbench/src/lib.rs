//! The embedded Maelstrom: run, simulate and check nodes.

pub mod checkers;
pub mod cli;
mod counted;
mod edn;
pub mod engine;
pub mod glomers;
pub mod history;
mod integer;
mod quantile;
pub mod real;
mod report;
mod serve;
pub mod services;
mod shorten;
pub mod simulation;
mod store;
mod test;
mod validity;
mod value;
pub mod workloads;

pub use edn::ReadError;
pub use engine::adversary::Adversary;
pub use engine::latency::Distribution;
pub use engine::nemesis::Fault;
pub use integer::{Integer, ParseIntegerError};
pub use simulation::simulate;
pub use test::{Test, WorkloadOptions, node_names};
pub use validity::Validity;
pub use value::Value;
