//! Tests the verdicts of checkers on recorded histories, on correct nodes, and on nodes with bugs.

mod check;
mod conformance;
mod kafka;
mod lin_kv;
mod planted;
mod stricter;
mod txn;
mod wrong_nodes;
