//! Transactions over registers: they read and write values, each of which is written only once.
//!
//! Source: page "Workloads", section 9.

use mael_checkers::elle::rw_register;
use mael_checkers::{Coverage, Verdict};
use mael_history::{History, Value};

use super::txn::{TxnWorkload, txn_workload};
use crate::Options;

/// The txn-rw-register workload.
#[derive(Clone, Copy, Debug, Default)]
pub struct TxnRwRegister;

txn_workload!(TxnRwRegister);

impl TxnWorkload for TxnRwRegister {
    const NAME: &'static str = "txn-rw-register";

    const DOC: &'static str = "Transactions over registers. Nodes execute micro-operations in \
                               order and atomically: `[\"r\", key, null]` reads a value, and \
                               `[\"w\", key, value]` writes it. The reply repeats them, with the \
                               values that were read, or null for a key that was never written. An \
                               aborted transaction returns error 30. Each value is written to a \
                               key only once.";

    const WRITE: &'static str = "w";

    fn is_state(_: &Value) -> bool {
        true
    }

    fn check(options: &Options, history: &History) -> Verdict {
        rw_register::check(history, &options.consistency_models, options.versions())
    }

    fn coverage(history: &History) -> Coverage {
        rw_register::coverage(history)
    }
}
