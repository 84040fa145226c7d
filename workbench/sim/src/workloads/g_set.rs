//! G-set: a set that only grows.
//!
//! Source: page "Workloads", section 5.

use mael_checkers::{Coverage, Verdict, set_full};
use mael_history::{History, Value};

use super::add_and_read::{AddAndRead, is_add_or_read};
use super::elements::{Elements, adds_and_reads};
use super::{Client, Workload};
use crate::engine::{Generator, Invocation, Rpc, RpcDescription, once_per_thread};
use crate::{Options, rpc};

rpc! {
    /// Adds an element to the set.
    pub struct AddRequest = "add" { element: Value } => AddReply = "add_ok" {}

    /// Requests the elements of the set, in any order.
    pub struct ReadRequest = "read" {} => ReadReply = "read_ok" { value: Elements }
}

/// The g-set workload.
#[derive(Clone, Copy, Debug, Default)]
pub struct GSet;

impl Workload for GSet {
    fn name(&self) -> &'static str {
        "g-set"
    }

    fn doc(&self) -> &'static str {
        "A set that only grows: clients add elements, each only once, and read the whole set. The \
         final reads must contain every element that was added."
    }

    fn rpcs(&self) -> Vec<RpcDescription> {
        vec![AddRequest::describe(), ReadRequest::describe()]
    }

    fn generator(&self, _: &Options) -> Box<dyn Generator> {
        Box::new(adds_and_reads("add"))
    }

    /// As in Maelstrom, these reads are not marked as final.
    fn final_generator(&self, options: &Options, _: &History) -> Option<Box<dyn Generator>> {
        let read = Invocation::new("read", Value::Nil);
        Some(Box::new(once_per_thread(options.clients(), read)))
    }

    fn supports(&self, invocation: &Invocation) -> bool {
        is_add_or_read("add", invocation)
    }

    fn client(&self, _: &Options) -> Box<dyn Client> {
        Box::new(AddAndRead {
            add: |element| AddRequest { element },
            read: ReadRequest {},
            value: |reply| Value::List(reply.value.0),
        })
    }

    fn understands_errors(&self) -> bool {
        false
    }

    fn anomaly(&self) -> &'static str {
        "lost"
    }

    fn check(&self, _: &Options, history: &History) -> Verdict {
        set_full::check(history, "add")
    }

    fn coverage(&self, history: &History) -> Coverage {
        set_full::coverage(history, "add")
    }
}
