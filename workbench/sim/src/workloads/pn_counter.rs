//! PN-counter: a counter that clients add to and subtract from.
//!
//! Source: page "Workloads", section 6.

use mael_checkers::stricter::{Stricter, replies, sums};
use mael_checkers::{Coverage, Verdict, counter};
use mael_history::{History, Integer, Operation, Value};

use crate::{Options, operations, workload};

/// A counter that clients add to and subtract from. After all faults have healed, each final read
/// must return a possible sum of all acknowledged additions and any additions with an unknown
/// outcome.
#[workload(unhandled_errors)]
pub struct PnCounter;

#[operations]
impl PnCounter {
    /// Adds a number to the counter.
    #[operation]
    fn add(&self, #[draw(-5..5)] delta: i32);

    /// Requests the value of the counter.
    #[operation(reply = "value", finally)]
    fn read(&self) -> Integer;

    #[check]
    fn wrong_final_read(&self, _: &Options, history: &History) -> Verdict {
        check(history)
    }

    #[coverage]
    fn coverage(&self, history: &History) -> Coverage {
        counter::coverage(history)
    }
}

/// Checks the final reads, and by stricter checks also the other results.
pub(super) fn check(history: &History) -> Verdict {
    let mut stricter = Stricter::default();
    replies::check(history, result_is_valid, &mut stricter);
    sums::check(history, &mut stricter);
    counter::check(history).with_stricter(stricter)
}

/// Checks the completion of an operation: a read returns an integer, and an addition returns the
/// value it was invoked with.
fn result_is_valid(begin: &Operation, end: &Operation) -> Result<(), String> {
    match (&*begin.f, &end.value) {
        ("read", Value::Int(_)) => Ok(()),
        ("read", other) => Err(format!("returned {other}, which is not an integer")),
        _ => replies::fills_in(begin, end),
    }
}
