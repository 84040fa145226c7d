//! Transactions: which isolation a history certainly does not have.
//!
//! From what transactions read and wrote follows which must have come before which. A cycle is an
//! anomaly, and its kind tells which consistency models are violated; so do some anomalies that
//! need no cycle. Everything that is found is really there; what can't be inferred goes undetected.
//!
//! Sources: Kingsbury and Alvaro, "Elle: Inferring Isolation Anomalies from Experimental
//! Observations", VLDB 14 (2020); Adya, "Weak Consistency: A Generalized Theory and Optimistic
//! Implementations for Distributed Transactions", PhD thesis, MIT (1999); page "Checkers",
//! sections 9 to 12.

mod aborted_read;
mod anomalies;
mod components;
pub(super) mod cycles;
mod datatype;
mod explain;
mod garbage_read;
pub(super) mod graph;
mod intermediate_read;
mod key;
pub mod list_append;
mod lost_update;
pub(crate) mod models;
mod order;
pub mod rw_register;
mod search;
mod transactions;
mod verdict;
mod view;
