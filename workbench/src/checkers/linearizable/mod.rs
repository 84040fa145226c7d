//! Linearizability: is there one order of all operations, each at some moment while it ran, that
//! explains every result?
//!
//! The check is exponential at worst (Gibbons and Korach, "Testing shared memories", 1997), so what
//! is tried is bounded, and a history that needs more is `unknown`. Histories of several objects are
//! split first, one history per object, which decides the same (Herlihy and Wing, "Linearizability:
//! a correctness condition for concurrent objects", 1990, section 3.3): see
//! [`independent`](super::independent).

mod calls;
mod configuration;
mod model;
mod register;
mod report;
mod search;
mod states;

pub use model::Model;
pub use register::{CasRegister, RegisterAction};

use crate::history::History;
use crate::workloads::Verdict;
use calls::Calls;
use search::{BUDGET, Budget, Outcome, Search};

/// Judges the history of one object.
///
/// A valid one comes with a `witness`: the indexes of its operations in an order that explains
/// them. An invalid one comes with the first operation that can't be placed (`op`), the
/// configurations that were possible just before it returned (`configs`), and the attempts to place
/// it (`final-paths`), at most ten of either.
pub fn check<M: Model>(model: &M, history: &History) -> Verdict {
    check_within(model, history, BUDGET)
}

fn check_within<M: Model>(model: &M, history: &History, budget: Budget) -> Verdict {
    let calls = match Calls::new(model, history) {
        Ok(calls) => calls,
        Err(reason) => return report::unreadable(reason),
    };
    let mut search = Search::new(model, &calls);
    match search.run(budget) {
        Outcome::Order(node) => report::valid(model, &search, node),
        Outcome::Stuck(moment) => report::invalid(model, &search, moment),
        Outcome::GivenUp(moment) => report::given_up(&search, moment),
    }
}
