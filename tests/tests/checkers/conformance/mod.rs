//! Our checkers against recorded histories that the original's checkers have judged: the same
//! verdict, and the same anomalies.
//!
//! The recordings are no part of this repository. They are looked for in the folder that
//! `MAEL_HISTORIES` names, or else in `shared/histories` beside the workspace; where there are
//! none, nothing is compared, and the tests say so.
//!
//! A workload joins with a module that has one function, which names what differs between a
//! recorded verdict and ours; whether both are valid, and which keys the results of whole runs
//! have, is compared for all.

mod corpus;
mod counters;
mod echo;
mod kafka;
mod keys;
mod lin_kv;
mod sets;
mod transactions;
mod unique_ids;

use corpus::conform;

#[test]
fn broadcast() {
    conform("broadcast", sets::differences, &[]);
}

#[test]
fn echo() {
    conform("echo", echo::differences, &[]);
}

#[test]
fn g_counter() {
    conform("g-counter", counters::differences, &[]);
}

#[test]
fn g_set() {
    conform("g-set", sets::differences, &[]);
}

#[test]
fn kafka() {
    conform("kafka", kafka::differences, &[]);
}

#[test]
fn lin_kv() {
    conform("lin-kv", lin_kv::differences, &[]);
}

#[test]
fn pn_counter() {
    conform("pn-counter", counters::differences, &[]);
}

#[test]
fn txn_list_append() {
    // Their longest lists contradict each other: `checkers::elle` says what that means.
    let ambiguous = ["syn-la-0032", "syn-la-0074", "syn-la-0195"];
    conform("txn-list-append", transactions::differences, &ambiguous);
}

#[test]
fn txn_rw_register() {
    conform("txn-rw-register", transactions::differences, &[]);
}

#[test]
fn unique_ids() {
    conform("unique-ids", unique_ids::differences, &[]);
}
