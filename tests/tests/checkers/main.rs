//! Verdicts: on recorded histories, on nodes that are right, and on nodes that are wrong.

mod check;
mod conformance;
mod kafka;
mod lin_kv;
mod planted;
mod stricter;
mod txn;
mod wrong_nodes;
