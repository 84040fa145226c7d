//! Sequential consistency: is there one order of all operations that explains every result and in
//! which the operations of each process keep their order? (Lamport, "How to make a multiprocessor
//! computer that correctly executes multiprocess programs", 1979.)
//!
//! It is weaker than linearizability: a result may be stale, as long as each process sees the
//! object change in the same order. The check is NP-complete (Gibbons and Korach, "Testing shared
//! memories", 1997, section 3), so the memory that it may use is bounded, by default to [`MEMORY`],
//! and a history that needs more is `unknown`. A history of several objects can't be split: each
//! object may be sequentially consistent while all of them together are not (Herlihy and Wing,
//! "Linearizability: a correctness condition for concurrent objects", 1990, section 3.3).
//!
//! The search is that of [`linearizable`](crate::linearizable), with other calls to choose from: it
//! places the operations in the order of their completions, and places the next ones of other
//! processes earlier where a result needs them. So a linearizable history takes as long as there,
//! and one with stale results takes longer the staler they are. Most long histories that are not
//! sequentially consistent are `unknown`, unless a result fits no state that the operations can
//! lead to.

use mael_history::History;

use crate::Verdict;
use crate::specification::{Calls, MEMORY, Model};

/// Checks a history.
///
/// An operation of unknown outcome takes effect at any point after the operations that its process
/// completed before it, or never. The results are those of
/// [`linearizable::check`](crate::linearizable::check); `op` is the first operation, by completion,
/// that no order that was tried could place after all that completed before it.
///
/// ```
/// use mael_checkers::linearizable::{self, CasRegister};
/// use mael_checkers::sequential;
/// use mael_history::{History, Validity};
///
/// let history = History::from_json(
///     r#"{"type": "invoke", "process": 0, "f": "write", "value": 1}
///        {"type": "ok", "process": 0, "f": "write", "value": 1}
///        {"type": "invoke", "process": 0, "f": "write", "value": 2}
///        {"type": "ok", "process": 0, "f": "write", "value": 2}
///        {"type": "invoke", "process": 1, "f": "read", "value": null}
///        {"type": "ok", "process": 1, "f": "read", "value": 1}"#,
/// )
/// .unwrap();
/// let verdict = sequential::check(&CasRegister, &history);
/// assert_eq!(verdict.valid, Validity::True);
/// let verdict = linearizable::check(&CasRegister, &history);
/// assert_eq!(verdict.valid, Validity::False);
/// ```
pub fn check<M: Model>(model: &M, history: &History) -> Verdict {
    check_within(model, history, MEMORY)
}

/// Like [`check`], with a memory limit in bytes, which also bounds the time; see
/// [`linearizable::check_within`](crate::linearizable::check_within).
pub fn check_within<M: Model>(model: &M, history: &History, memory: u64) -> Verdict {
    match Calls::in_program_order(model, history) {
        Ok(calls) => crate::specification::check(model, calls, memory),
        Err(reason) => Verdict::unknown(reason),
    }
}
