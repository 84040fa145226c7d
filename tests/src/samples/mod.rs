//! Sample workloads to copy, each with a correct node and incorrect ones.

pub mod bank;
pub mod queue;
