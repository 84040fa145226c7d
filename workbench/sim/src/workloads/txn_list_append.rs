//! Transactions over lists: they read whole lists and append elements, each only once.
//!
//! Source: page "Workloads", section 9.

use mael_checkers::elle::list_append;
use mael_checkers::{Coverage, Verdict};
use mael_history::{History, Value};

use super::txn::{TxnWorkload, txn_workload};
use crate::Options;

/// The txn-list-append workload.
#[derive(Clone, Copy, Debug, Default)]
pub struct TxnListAppend;

txn_workload!(TxnListAppend);

impl TxnWorkload for TxnListAppend {
    const NAME: &'static str = "txn-list-append";

    const DOC: &'static str = "Transactions over lists. Nodes execute micro-operations in order \
                               and atomically: `[\"r\", key, null]` reads a list, and \
                               `[\"append\", key, element]` appends to it. The reply repeats them, \
                               with the values that were read, or null for a key that was never \
                               written. An aborted transaction returns error 30. Each element is \
                               appended to a key only once, so that lists show the order of \
                               appends.";

    const WRITE: &'static str = "append";

    fn is_state(value: &Value) -> bool {
        matches!(value, Value::Nil | Value::List(_))
    }

    fn check(options: &Options, history: &History) -> Verdict {
        list_append::check(history, &options.consistency_models)
    }

    fn coverage(history: &History) -> Coverage {
        list_append::coverage(history)
    }
}
