//! Deterministic simulation of nodes: workloads, faults, and virtual time.

pub mod command;
pub mod engine;
mod exit;
pub mod glomers;
pub mod judge;
pub mod report;
pub mod services;
pub mod simulation;
pub mod store;
mod test;
pub mod workloads;

pub use engine::adversary::Adversary;
pub use engine::latency::Distribution;
pub use engine::nemesis::Fault;
pub use exit::Exit;
pub use simulation::simulate;
pub use test::{Concurrency, Test, WorkloadOptions, check_node_names, node_names};
