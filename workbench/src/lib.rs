//! The embedded Maelstrom: run, simulate and check nodes.

pub mod cli;
pub mod engine;
pub mod glomers;
pub mod judge;
pub mod real;
mod report;
mod serve;
pub mod services;
pub mod simulation;
mod store;
mod test;
pub mod workloads;

pub use engine::adversary::Adversary;
pub use engine::latency::Distribution;
pub use engine::nemesis::Fault;
pub use simulation::simulate;
pub use test::{Test, WorkloadOptions, node_names};
