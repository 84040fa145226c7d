//! Transaction isolation: the consistency models that a history certainly violates.
//!
//! The values that transactions read and wrote determine which must have come before which. A cycle
//! of these dependencies is an anomaly, whose kind determines the violated consistency models; some
//! anomalies need no cycle. Every reported anomaly is real; what can't be inferred goes undetected.
//!
//! Sources: Kingsbury and Alvaro, "Elle: Inferring Isolation Anomalies from Experimental
//! Observations", VLDB 14 (2020); Adya, "Weak Consistency: A Generalized Theory and Optimistic
//! Implementations for Distributed Transactions", PhD thesis, MIT (1999); page "Checkers",
//! sections 9 to 12.
//!
//! # Differences from Elle
//!
//! - The search for cycles in a component is limited to a number of edges instead of one second, so
//!   that verdicts are deterministic. It finds the shortest cycles, and realtime cycles include
//!   other transactions only if necessary. A cycle of writes is a `G0` even if the same
//!   transactions also read from each other; for registers Elle then reports `PL-1-cycle-exists`,
//!   which rules out the same models.
//! - If two longest lists of a key contradict each other (`incompatible-order`), the first that was
//!   read is taken for the order of appends; Elle chooses by the hash of their contents. Under
//!   models that prohibit `incompatible-order` the verdict is the same; under `read-uncommitted` a
//!   `G0` that follows from one order may not follow from the other. Recorded histories with this
//!   difference: `syn-la-0032`, `syn-la-0074`, `syn-la-0195`.
//! - An element in the order of appends that no transaction appended is a `garbage-read`, which
//!   every transaction model prohibits; Elle fails, and the verdict is unknown. A transaction that
//!   never completed may have taken effect, like one of unknown outcome; Elle may fail on it.
//! - [Stricter checks](super::stricter) report what Elle does not look for, without changing the
//!   verdict: replies that do not repeat the transaction, and reads of values that were never
//!   written, or only written later.
//! - For registers, a cycle of versions discards the order of that key only, rather than of all
//!   keys. It is invalid under every transaction model anyway.

mod aborted_read;
pub(crate) mod anomalies;
pub(super) mod cycle_exists;
pub(super) mod cycles;
mod datatype;
pub(super) mod explain;
mod filtered;
mod future_read;
mod garbage_read;
pub(super) mod graph;
mod intermediate_read;
mod key_steps;
pub mod list_append;
mod lost_update;
pub mod models;
pub(super) mod order;
pub(super) mod path_search;
pub mod rw_register;
mod scc;
mod tarjan;
pub(super) mod transactions;
mod verdict;
