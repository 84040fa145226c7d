//! Unique ids: nodes generate ids, and no two may be equal.

use mael_checkers::{Coverage, Verdict, unique_ids};
use mael_history::{History, Value};

use crate::{Options, operations, workload};

/// Nodes generate unique ids of any type. The checker requires that all ids of a run are
/// comparable: all numbers, all strings, or all arrays of these.
#[workload(reuses_clients)]
pub struct UniqueIds;

#[operations]
impl UniqueIds {
    /// Requests a new id, which may be of any type and must differ from every other id.
    #[operation(reply = "id")]
    fn generate(&self) -> Value;

    #[check]
    fn duplicated(&self, _: &Options, history: &History) -> Verdict {
        unique_ids::check(history)
    }

    #[coverage]
    fn coverage(&self, history: &History) -> Coverage {
        unique_ids::coverage(history)
    }
}
