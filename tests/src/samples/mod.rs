//! Workloads to copy from, each with a right node and wrong ones.

pub mod bank;
pub mod queue;
