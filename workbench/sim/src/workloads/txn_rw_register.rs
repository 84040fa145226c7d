//! Transactions over registers: they read and write values, each of which is written only once.
//!
//! Source: page "Workloads", section 9.

use mael_checkers::elle::rw_register;
use mael_checkers::{Coverage, Verdict};
use mael_history::History;
use serde::Deserialize;

use super::txn::{self, MicroOperationParts, with_keywords};
use crate::engine::Generator;
use crate::{Options, operations, workload};

/// Transactions over registers. Nodes execute micro-operations in order and atomically:
/// `["r", key, null]` reads a value, and `["w", key, value]` writes it. The reply repeats them,
/// with the values that were read, or null for a key that was never written. An aborted transaction
/// returns error 30. Each value is written to a key only once.
#[workload(reuses_clients)]
pub struct TxnRwRegister;

#[operations]
impl TxnRwRegister {
    /// Requests that a node execute micro-operations, such as `["r", 9, null]`, in order and
    /// atomically. The reply repeats them, with the values that were read.
    #[operation(reply = "txn", record = with_keywords)]
    fn txn(&self, txn: Vec<RegisterStep>) -> Vec<RegisterStep>;

    #[generate]
    fn transactions(&self, options: &Options) -> Box<dyn Generator> {
        txn::generator("w", options)
    }

    #[check]
    fn inconsistent(&self, options: &Options, history: &History) -> Verdict {
        rw_register::check(history, &options.consistency_models, options.versions())
    }

    #[coverage]
    fn coverage(&self, history: &History) -> Coverage {
        rw_register::coverage(history)
    }
}

/// Reads a register, or writes it. Null is the value of a key that was never written.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "MicroOperationParts")]
pub struct RegisterStep(MicroOperationParts);

impl TryFrom<MicroOperationParts> for RegisterStep {
    type Error = String;

    fn try_from(parts: MicroOperationParts) -> Result<Self, String> {
        match (&*parts.0, &parts.2) {
            ("r" | "w", _) => Ok(Self(parts)),
            (name, value) => Err(format!(
                "expected a micro-operation `r` or `w`, not {name} with {value}"
            )),
        }
    }
}
