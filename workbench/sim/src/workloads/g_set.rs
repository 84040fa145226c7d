//! G-set: a set that only grows.
//!
//! Source: page "Workloads", section 5.

use mael_checkers::{Coverage, Verdict, set_full};
use mael_history::History;

use super::elements::{Elements, or_empty};
use crate::{Options, operations, workload};

/// A set that only grows: clients add elements, each only once, and read the whole set. The final
/// reads must contain every element that was added.
#[workload(unhandled_errors)]
pub struct GSet;

#[operations]
impl GSet {
    /// Adds an element to the set.
    #[operation]
    fn add(&self, #[draw(unique)] element: u64);

    /// Requests the elements of the set, in any order.
    // As in Maelstrom, final reads are not marked as such.
    #[operation(reply = "value", record = or_empty, finally(unmarked))]
    fn read(&self) -> Elements;

    #[check]
    fn lost(&self, _: &Options, history: &History) -> Verdict {
        set_full::check(history, "add")
    }

    #[coverage]
    fn coverage(&self, history: &History) -> Coverage {
        set_full::coverage(history, "add")
    }
}
