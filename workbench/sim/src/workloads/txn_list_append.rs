//! Transactions over lists: they read whole lists and append elements, each only once.
//!
//! Source: page "Workloads", section 9.

use mael_checkers::elle::list_append;
use mael_checkers::{Coverage, Verdict};
use mael_history::{History, Value};
use serde::Deserialize;

use super::txn::{self, MicroOperationParts, with_keywords};
use crate::engine::Generator;
use crate::{Options, operations, workload};

/// Transactions over lists. Nodes execute micro-operations in order and atomically:
/// `["r", key, null]` reads a list, and `["append", key, element]` appends to it. The reply repeats
/// them, with the values that were read, or null for a key that was never written. An aborted
/// transaction returns error 30. Each element is appended to a key only once, so that lists show
/// the order of appends.
#[workload(reuses_clients)]
pub struct TxnListAppend;

#[operations]
impl TxnListAppend {
    /// Requests that a node execute micro-operations, such as `["r", 9, null]`, in order and
    /// atomically. The reply repeats them, with the values that were read.
    #[operation(reply = "txn", record = with_keywords)]
    fn txn(&self, txn: Vec<ListStep>) -> Vec<ListStep>;

    #[generate]
    fn transactions(&self, options: &Options) -> Box<dyn Generator> {
        txn::generator("append", options)
    }

    #[check]
    fn inconsistent(&self, options: &Options, history: &History) -> Verdict {
        list_append::check(history, &options.consistency_models)
    }

    #[coverage]
    fn coverage(&self, history: &History) -> Coverage {
        list_append::coverage(history)
    }
}

/// Reads a list, or appends to it. Null is the list of a key that was never written.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "MicroOperationParts")]
pub struct ListStep(MicroOperationParts);

impl TryFrom<MicroOperationParts> for ListStep {
    type Error = String;

    fn try_from(parts: MicroOperationParts) -> Result<Self, String> {
        match (&*parts.0, &parts.2) {
            ("r", Value::Nil | Value::List(_)) | ("append", _) => Ok(Self(parts)),
            (name, value) => Err(format!(
                "expected a micro-operation `r` or `append`, not {name} with {value}"
            )),
        }
    }
}
