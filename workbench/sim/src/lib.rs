//! Deterministic simulation of nodes: workloads, faults, and virtual time.
//!
//! Use [`simulate`] in tests. The feature `command` adds `Simulator`, a command that runs
//! simulations, and provides the flags of a test, the progress bar and the files in `store/` for
//! other commands.

// The attribute macros generate paths into this crate, which also uses them.
extern crate self as mael_sim;

#[cfg(feature = "command")]
pub mod command;
pub mod declared;
pub mod engine;
mod exit;
pub mod glomers;
pub mod judge;
pub mod options;
pub mod output;
pub mod recorded;
pub mod report;
pub mod services;
pub mod simulation;
#[cfg(feature = "command")]
pub mod store;
pub mod trace;
pub mod workloads;

pub use exit::Exit;
pub use mael_macros::{operations, specification, workload};
pub use options::{Adversary, Concurrency, Distribution, Fault, KillAt, Options, Topology};
pub use simulation::simulate;
