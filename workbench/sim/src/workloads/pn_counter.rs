//! PN-counter: a counter that clients add to and subtract from.
//!
//! Source: page "Workloads", section 6.

use fastrand::Rng;
use mael_checkers::stricter::{Stricter, replies, sums};
use mael_checkers::{Coverage, Verdict, counter};
use mael_history::{History, Integer, Operation, Value};

use super::add_and_read::{AddAndRead, is_add_or_read};
use super::{Client, Workload};
use crate::engine::{Generator, Invocation, Rpc, RpcDescription, endless, once_per_thread};
use crate::{Options, rpc};

rpc! {
    /// Adds a number to the counter.
    pub struct AddRequest = "add" { delta: Value } => AddReply = "add_ok" {}

    /// Requests the value of the counter.
    pub struct ReadRequest = "read" {} => ReadReply = "read_ok" { value: Integer }
}

/// The pn-counter workload.
#[derive(Clone, Copy, Debug, Default)]
pub struct PnCounter;

impl Workload for PnCounter {
    fn name(&self) -> &'static str {
        "pn-counter"
    }

    fn doc(&self) -> &'static str {
        "A counter that clients add to and subtract from. After all faults have healed, each final \
         read must return a possible sum of all acknowledged additions and any additions with an \
         unknown outcome."
    }

    fn rpcs(&self) -> Vec<RpcDescription> {
        vec![AddRequest::describe(), ReadRequest::describe()]
    }

    fn generator(&self, _: &Options) -> Box<dyn Generator> {
        Box::new(endless(add_or_read))
    }

    fn final_generator(&self, options: &Options, _: &History) -> Option<Box<dyn Generator>> {
        let read = Invocation::new("read", Value::Nil).last();
        Some(Box::new(once_per_thread(options.clients(), read)))
    }

    fn supports(&self, invocation: &Invocation) -> bool {
        is_add_or_read("add", invocation)
    }

    fn client(&self, _: &Options) -> Box<dyn Client> {
        Box::new(AddAndRead {
            add: |delta| AddRequest { delta },
            read: ReadRequest {},
            value: |reply| reply.value.into(),
        })
    }

    fn understands_errors(&self) -> bool {
        false
    }

    fn anomaly(&self) -> &'static str {
        "wrong-final-read"
    }

    fn check(&self, _: &Options, history: &History) -> Verdict {
        let mut stricter = Stricter::default();
        replies::check(history, result_is_valid, &mut stricter);
        sums::check(history, &mut stricter);
        counter::check(history).with_stricter(stricter)
    }

    fn coverage(&self, history: &History) -> Coverage {
        counter::coverage(history)
    }
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

/// Returns a read or an addition of a number from -5 to 4, with equal probability.
pub(super) fn add_or_read(random: &mut Rng) -> Invocation {
    if random.bool() {
        Invocation::new("add", random.i32(-5..5))
    } else {
        Invocation::new("read", Value::Nil)
    }
}
