//! What clients ask of nodes, and how the answers are judged: one file per workload.

mod add_and_read;
pub mod broadcast;
pub mod echo;
mod elements;
pub mod g_counter;
pub mod g_set;
pub mod kafka;
pub mod lin_kv;
pub mod pn_counter;
mod transactions;
mod txn;
pub mod txn_list_append;
pub mod txn_rw_register;
pub mod unique_ids;

use std::rc::Rc;

use mael::executor::LocalFuture;

pub use broadcast::Broadcast;
pub use echo::Echo;
pub use elements::Elements;
pub use g_counter::GCounter;
pub use g_set::GSet;
pub use kafka::Kafka;
pub use lin_kv::LinKv;
pub use pn_counter::PnCounter;
pub use txn_list_append::TxnListAppend;
pub use txn_rw_register::TxnRwRegister;
pub use unique_ids::UniqueIds;

use mael_checkers::coverage::is_ok;
use mael_checkers::{Coverage, Verdict};
use mael_history::text::unknown;
use mael_history::{History, Value};

use crate::Options;
use crate::engine::{Connection, Generator, Invocation, RpcDescription, RpcError};

/// A kind of system, as its clients see it: what they ask, and what counts as a right answer.
pub trait Workload {
    /// The name on the command line and in `store/`.
    fn name(&self) -> &'static str;

    /// Whether this workload can be run with these options.
    ///
    /// # Errors
    /// When it can't; says in one sentence why, and what to do.
    fn accepts(&self, _: &Options) -> Result<(), String> {
        Ok(())
    }

    /// What nodes are to do, in a few sentences of Markdown.
    fn doc(&self) -> &'static str {
        ""
    }

    /// The requests that clients send, in the order in which documentation shows them.
    fn rpcs(&self) -> Vec<RpcDescription> {
        Vec::new()
    }

    /// The operations of the main phase.
    fn generator(&self, options: &Options) -> Box<dyn Generator>;

    /// The operations after everything is mended, if the workload has any. They may depend on
    /// what happened before.
    fn final_generator(&self, _: &Options, _: &History) -> Option<Box<dyn Generator>> {
        None
    }

    /// Operations that ask for less than this one and could stand in its place, the simplest first:
    /// tried when a failing run is reduced. They must be as valid as the operation itself, whatever
    /// happens before and after.
    fn simpler(&self, _: &Invocation) -> Vec<Invocation> {
        Vec::new()
    }

    /// Whether clients can do this operation: asked of those that a script brings, which need not be
    /// the generator's.
    fn takes(&self, _: &Invocation) -> bool {
        true
    }

    /// A new client. One client does one operation at a time.
    fn client(&self, options: &Options) -> Box<dyn Client>;

    /// Prepares a node before the main phase, by a client of its own. A failure is one of the
    /// node, and ends the run.
    fn set_up<'a>(
        &'a self,
        _: &'a Options,
        _: &'a mut Connection,
    ) -> LocalFuture<'a, Result<(), RpcError>> {
        Box::pin(async { Ok(()) })
    }

    /// Whether the clients tell errors and timeouts apart. Those that don't take each for an
    /// exception, which leaves the outcome unknown even where the error is a definite one.
    fn understands_errors(&self) -> bool {
        true
    }

    /// Whether a client goes on after an operation whose outcome is unknown, rather than being
    /// replaced by a new one.
    fn reusable(&self) -> bool {
        false
    }

    /// Whether an operation does nothing but end its client: the next one has a new client.
    fn crashes(&self, _f: &str) -> bool {
        false
    }

    /// Whether an operation changes nothing, so that it counts as failed when its outcome is
    /// unknown.
    fn idempotent(&self, _f: &str) -> bool {
        false
    }

    /// The name of what is wrong with a history that [`check`](Self::check) finds invalid, unless its
    /// results name anomalies themselves, as `:anomaly-types` or `:bad-error-types`.
    fn anomaly(&self) -> &'static str {
        "workload"
    }

    /// Judges a history: a pure function.
    fn check(&self, options: &Options, history: &History) -> Verdict;

    /// How many operations of a history [`check`](Self::check) judges: all that succeeded, unless
    /// the workload says otherwise.
    fn coverage(&self, history: &History) -> Coverage {
        Coverage::of(history, |_, end| Ok(is_ok(end)))
    }
}

/// A client of a workload.
pub trait Client {
    /// Does an operation, and gives the value to be recorded as its result.
    fn invoke<'a>(
        &'a mut self,
        connection: &'a mut Connection,
        invocation: &'a Invocation,
    ) -> LocalFuture<'a, Result<Value, RpcError>>;
}

/// All workloads, by name.
pub fn all() -> Vec<Rc<dyn Workload>> {
    vec![
        Rc::new(Broadcast),
        Rc::new(Echo),
        Rc::new(GCounter),
        Rc::new(GSet),
        Rc::new(Kafka),
        Rc::new(LinKv),
        Rc::new(PnCounter),
        Rc::new(TxnListAppend),
        Rc::new(TxnRwRegister),
        Rc::new(UniqueIds),
    ]
}

/// The workload of this name.
///
/// # Errors
/// When there is none; says which there are.
pub fn by_name(name: &str) -> Result<Rc<dyn Workload>, String> {
    let all = all();
    let names: Vec<&str> = all.iter().map(|workload| workload.name()).collect();
    let unknown = unknown("workload", name, &names);
    all.into_iter()
        .find(|workload| workload.name() == name)
        .ok_or(unknown)
}

#[cfg(test)]
mod tests {
    use crate::Concurrency;
    use std::collections::BTreeSet;

    use fastrand::Rng;
    use mael::executor::Scope;

    use super::*;
    use crate::engine::Next;
    use crate::simulation::clock::{Clock, VirtualTime};

    /// What the generator of a workload begins with, and simpler operations.
    fn operations(workload: &dyn Workload) -> Vec<Invocation> {
        let options = Options {
            concurrency: Concurrency::Clients(10),
            ..Options::default()
        };
        let mut generator = workload.generator(&options);
        let mut random = Rng::with_seed(0);
        let free: Vec<usize> = (0..10).collect();
        let time = Rc::new(VirtualTime::default());
        let scope = Scope::new(Rc::new(Clock::new(&time, Rng::with_seed(0))));
        let drawn = time.block_on(scope.run(async move {
            let next = |_| match generator.next(&free, &mut random) {
                Next::Invoke(_, invocation) => invocation,
                other => panic!("there is always an operation, and not {other:?}"),
            };
            (0..1000).map(next).collect::<Vec<_>>()
        }));
        let with_simpler = |it| [workload.simpler(&it), vec![it]].concat();
        drawn.unwrap().into_iter().flat_map(with_simpler).collect()
    }

    #[test]
    fn every_workload_takes_what_it_generates_and_nothing_else() {
        for workload in all() {
            let operations = operations(&*workload);
            for operation in &operations {
                assert!(
                    workload.takes(operation),
                    "{}: {operation:?}",
                    workload.name()
                );
            }
            let unknown = Invocation::new("unknown", Value::Nil);
            assert!(!workload.takes(&unknown), "{}", workload.name());
            let names: BTreeSet<_> = operations.into_iter().map(|it| it.f).collect();
            for f in names {
                // No operation has an argument that is a map.
                let strange = Invocation::new(f, Value::map([("a", 1.into())]));
                assert!(
                    !workload.takes(&strange),
                    "{}: {strange:?}",
                    workload.name()
                );
            }
        }
    }

    #[test]
    fn every_workload_is_described() {
        for workload in all() {
            assert!(!workload.doc().is_empty(), "{}", workload.name());
            assert!(!workload.rpcs().is_empty(), "{}", workload.name());
        }
    }
}
