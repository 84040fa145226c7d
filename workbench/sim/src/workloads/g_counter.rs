//! G-counter: a counter that only grows. It uses the clients and the checker of pn-counter.
//!
//! Source: page "Workloads", section 6.

use mael_checkers::{Coverage, Verdict};
use mael_history::{History, Value};

use super::pn_counter::{PnCounter, add_or_read};
use super::{Client, Workload};
use crate::Options;
use crate::engine::{Generator, Invocation, RpcDescription, endless};

/// The g-counter workload.
#[derive(Clone, Copy, Debug, Default)]
pub struct GCounter;

impl Workload for GCounter {
    fn name(&self) -> &'static str {
        "g-counter"
    }

    fn doc(&self) -> &'static str {
        "A counter that clients only add to: pn-counter without subtraction."
    }

    fn rpcs(&self) -> Vec<RpcDescription> {
        PnCounter.rpcs()
    }

    /// Generates the operations of pn-counter, but draws again for each negative addition.
    /// Therefore, two of three operations are reads.
    fn generator(&self, _: &Options) -> Box<dyn Generator> {
        Box::new(endless(move |random| {
            loop {
                let invocation = add_or_read(random);
                if !is_negative(&invocation) {
                    return invocation;
                }
            }
        }))
    }

    fn final_generator(&self, options: &Options, history: &History) -> Option<Box<dyn Generator>> {
        PnCounter.final_generator(options, history)
    }

    fn supports(&self, invocation: &Invocation) -> bool {
        PnCounter.supports(invocation) && !is_negative(invocation)
    }

    fn client(&self, options: &Options) -> Box<dyn Client> {
        PnCounter.client(options)
    }

    fn understands_errors(&self) -> bool {
        PnCounter.understands_errors()
    }

    fn anomaly(&self) -> &'static str {
        "wrong-final-read"
    }

    fn check(&self, options: &Options, history: &History) -> Verdict {
        PnCounter.check(options, history)
    }

    fn coverage(&self, history: &History) -> Coverage {
        PnCounter.coverage(history)
    }
}

fn is_negative(addition: &Invocation) -> bool {
    matches!(&addition.value, Value::Int(delta) if delta.is_negative())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use fastrand::Rng;

    use super::*;
    use crate::engine::Next;

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
