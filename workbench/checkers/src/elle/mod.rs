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
//!
//! # Where this differs from the original
//!
//! - The search for cycles in a component is limited by the edges that it looks at, not by a
//!   second, so that a verdict is always the same. It finds the shortest cycles, of which those by
//!   the clock pass other transactions only where they matter. A cycle that consists of writes is
//!   called `G0` even where the same transactions also read from each other; the original then
//!   says `PL-1-cycle-exists` for registers, which means the same for every model.
//! - Where two longest lists of a key contradict each other (`incompatible-order`), neither is
//!   more right. The first that was read is taken for the order of appends; the original takes
//!   one by the hash of its contents. Under models that prohibit `incompatible-order` the verdict
//!   is the same; under `read-uncommitted` a `G0` that follows from one order may not follow from
//!   the other. Recorded histories that show it: `syn-la-0032`, `syn-la-0074`, `syn-la-0195`.
//! - An element in the order of appends that nobody appended is a `garbage-read`, which no model
//!   of transactions allows; there the original breaks off, and says that it does not know. A
//!   transaction that never ended may have taken effect, like one whose outcome is unknown; there,
//!   too, the original may break off.
//! - What is wrong beyond what the original looks for is found by
//!   [stricter checks](super::stricter), apart from the verdict: replies that do not repeat the
//!   transaction, and reads that show what nobody wrote, or what was written only later.
//! - For registers, a circle of versions leaves out the order of that key alone, rather than of
//!   all keys. It is wrong under every model of transactions anyway.

mod aborted_read;
mod anomalies;
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
