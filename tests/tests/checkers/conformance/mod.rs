//! Compares our checkers with the verdicts and anomalies that Maelstrom's checkers reported for
//! recorded histories.
//!
//! The recordings are not part of this repository. `MAEL_HISTORIES` names their folder; by default
//! it is `shared/histories` next to the workspace. Without recordings, the tests print that they
//! are skipped.
//!
//! Each workload has a module with one function, which returns the differences between a recorded
//! verdict and ours. The validity and the keys of the result map are compared for all workloads.

mod corpus;
mod counters;
mod echo;
mod kafka;
mod keys;
mod lin_kv;
mod sets;
mod transactions;
mod unique_ids;

use corpus::assert_conformance;

#[test]
fn broadcast() {
    assert_conformance("broadcast", sets::differences, &[]);
}

#[test]
fn echo() {
    assert_conformance("echo", echo::differences, &[]);
}

#[test]
fn g_counter() {
    assert_conformance("g-counter", counters::differences, &[]);
}

#[test]
fn g_set() {
    assert_conformance("g-set", sets::differences, &[]);
}

#[test]
fn kafka() {
    assert_conformance("kafka", kafka::differences, &[]);
}

#[test]
fn lin_kv() {
    assert_conformance("lin-kv", lin_kv::differences, &[]);
}

#[test]
fn pn_counter() {
    assert_conformance("pn-counter", counters::differences, &[]);
}

#[test]
fn txn_list_append() {
    // The longest lists in these histories contradict each other, see `checkers::elle`.
    let ambiguous = ["syn-la-0032", "syn-la-0074", "syn-la-0195"];
    assert_conformance("txn-list-append", transactions::differences, &ambiguous);
}

#[test]
fn txn_rw_register() {
    assert_conformance("txn-rw-register", transactions::differences, &[]);
}

#[test]
fn unique_ids() {
    assert_conformance("unique-ids", unique_ids::differences, &[]);
}
