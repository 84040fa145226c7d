//! Transactions over lists: reads of whole lists, and appends of elements, each only once.
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

    const DOC: &'static str = "Transactions over lists. Nodes do micro-operations in order, all of them or none: \
         `[\"r\", key, null]` reads a list, `[\"append\", key, element]` appends to it; the reply \
         repeats them with what was read, null for a key that was never written. A transaction \
         that was aborted is answered by error 30. Each element is appended to a key only once, \
         so that the lists show the order.";

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
