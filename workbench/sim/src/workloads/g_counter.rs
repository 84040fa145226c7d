//! G-counter: a counter that only grows. It uses the checker of pn-counter.
//!
//! Source: page "Workloads", section 6.

use mael_checkers::{Coverage, Verdict, counter};
use mael_history::{History, Integer};

use super::pn_counter;
use crate::{Options, operations, workload};

/// A counter that clients only add to: pn-counter without subtraction.
#[workload(unhandled_errors)]
pub struct GCounter;

#[operations]
impl GCounter {
    /// Adds a number to the counter.
    #[operation]
    fn add(&self, #[draw(0..5)] delta: u64);

    /// Requests the value of the counter.
    // Maelstrom generates the operations of pn-counter without the subtractions.
    #[operation(reply = "value", weight = 2, finally)]
    fn read(&self) -> Integer;

    #[check]
    fn wrong_final_read(&self, _: &Options, history: &History) -> Verdict {
        pn_counter::check(history)
    }

    #[coverage]
    fn coverage(&self, history: &History) -> Coverage {
        counter::coverage(history)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use fastrand::Rng;
    use mael_history::Value;

    use super::*;
    use crate::engine::Next;
    use crate::workloads::{PnCounter, Workload};

    /// Returns the values added by 3000 operations, and the number of reads among them.
    fn draws(workload: impl Workload) -> (BTreeSet<Value>, usize) {
        let mut generator = workload.generator(&Options::default());
        let mut random = Rng::with_seed(0);
        let mut deltas = BTreeSet::new();
        let mut reads = 0;
        for _ in 0..3000 {
            let Next::Invoke(0, invocation) = generator.next(&[0], &mut random) else {
                panic!("the generator never ends");
            };
            if invocation.f == "add" {
                deltas.insert(invocation.value);
            } else {
                reads += 1;
            }
        }
        (deltas, reads)
    }

    #[test]
    fn g_counter_never_subtracts_and_two_of_three_operations_are_reads() {
        let (deltas, reads) = draws(GCounter);
        assert_eq!(deltas, (0..5).map(Value::from).collect());
        assert!((1900..2100).contains(&reads), "{reads}");
    }

    #[test]
    fn pn_counter_adds_and_subtracts_and_half_of_the_operations_are_reads() {
        let (deltas, reads) = draws(PnCounter);
        assert_eq!(deltas, (-5..5).map(Value::from).collect());
        assert!((1400..1600).contains(&reads), "{reads}");
    }
}
