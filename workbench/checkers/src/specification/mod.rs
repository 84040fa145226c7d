//! Sequential specifications, and the search for an order of all operations that one of them
//! explains.
//!
//! The checks differ in which orders they allow: [`linearizable`](crate::linearizable) keeps
//! operations that did not overlap in their order, [`sequential`](crate::sequential) and
//! [`convergent`](crate::convergent) keep the order of each process. Each of them builds the
//! `Calls` of a history, with what must precede what; the search and its report are the same.

mod call;
mod calls;
mod configuration;
mod model;
mod precedence;
mod queue;
mod reachability;
mod report;
mod search;
mod states;

pub use model::Model;

pub(crate) use calls::{Calls, Interval, intervals};
pub(crate) use report::describe;

use mael_history::Value;
use search::{Search, SearchOutcome};

use crate::Verdict;

/// The default memory limit of a check, in bytes. It is the same on every machine, so that verdicts
/// are, too.
pub const MEMORY: u64 = 2_000_000_000;

/// The end of a search.
pub(crate) enum Answer<S> {
    /// There is an order: the indexes of its operations, and the state after them.
    Order { witness: Value, state: S },
    /// There is none: the call with this return index can't be placed in these states, which are
    /// all that are possible if `are_all`.
    Stuck {
        return_index: u32,
        states: Vec<S>,
        are_all: bool,
    },
    /// It is not known whether there is one, for the reason that the verdict gives.
    Unknown(Verdict),
}

/// Searches for an order of the calls within a memory limit in bytes, and reports it.
pub(crate) fn check<M: Model>(model: &M, calls: Calls<'_, M::Action>, memory: u64) -> Verdict {
    let verdict = |search: &Search<'_, M>, outcome| report::verdict(model, search, outcome);
    run(model, calls, memory, verdict).unwrap_or_else(|verdict| verdict)
}

/// Searches for an order of the calls within a memory limit in bytes.
pub(crate) fn answer<M: Model>(
    model: &M,
    calls: Calls<'_, M::Action>,
    memory: u64,
) -> Answer<M::State> {
    let answer = |search: &Search<'_, M>, outcome| match outcome {
        SearchOutcome::Order(node) => Answer::Order {
            witness: report::witness(search, node),
            state: search.state(node).clone(),
        },
        SearchOutcome::Stuck(return_index) => Answer::Stuck {
            return_index,
            states: search.states_at(return_index),
            are_all: search.is_exhausted,
        },
        undecided => Answer::Unknown(report::verdict(model, search, undecided)),
    };
    run(model, calls, memory, answer).unwrap_or_else(Answer::Unknown)
}

fn run<M: Model, T>(
    model: &M,
    mut calls: Calls<'_, M::Action>,
    memory: u64,
    read: impl FnOnce(&Search<'_, M>, SearchOutcome) -> T,
) -> Result<T, Verdict> {
    let running = calls.running_bytes();
    if running > memory / 2 {
        return Err(report::too_concurrent(running));
    }
    calls.find_running();
    let mut search = Search::new(model, &calls, memory - running);
    let outcome = search.run();
    Ok(read(&search, outcome))
}
