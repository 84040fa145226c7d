//! Deterministic simulation of nodes: workloads, faults, and virtual time.
//!
//! [`simulate`] is for tests. With the feature `command`, `Simulator` makes a command of it, and
//! the flags of a test, the progress bar and the files of `store/` are there for other commands.

// Some of what commands ask for stands beside what it belongs to.
#![cfg_attr(not(feature = "command"), allow(dead_code))]

#[cfg(feature = "command")]
pub mod command;
pub mod declared;
pub mod engine;
mod exit;
pub mod glomers;
pub mod judge;
pub mod options;
pub mod output;
pub mod report;
pub mod services;
pub mod simulation;
#[cfg(feature = "command")]
pub mod store;
pub mod workloads;

pub use exit::Exit;
pub use mael_macros::{operations, specification, workload};
pub use options::{Adversary, Concurrency, Distribution, Fault, KillAt, Options, Topology};
pub use simulation::simulate;
