//! The workloads: the requests that clients send to nodes, and how their histories are checked.

pub mod broadcast;
pub mod echo;
mod elements;
pub mod g_counter;
pub mod g_set;
pub mod kafka;
pub mod lin_kv;
pub mod pn_counter;
mod registry;
mod transactions;
mod txn;
pub mod txn_list_append;
pub mod txn_rw_register;
pub mod unique_ids;

use std::collections::BTreeMap;
use std::rc::Rc;

pub use broadcast::Broadcast;
pub use echo::Echo;
pub use elements::Elements;
pub use g_counter::GCounter;
pub use g_set::GSet;
pub use kafka::Kafka;
pub use lin_kv::LinKv;
pub use pn_counter::PnCounter;
pub use registry::{Workloads, with_flags};
pub use txn_list_append::TxnListAppend;
pub use txn_rw_register::TxnRwRegister;
pub use unique_ids::UniqueIds;

pub use crate::engine::{Client, Workload};

/// The built-in workloads, sorted by name.
const ALL: [fn() -> Rc<dyn Workload>; 10] = [
    || Rc::new(Broadcast),
    || Rc::new(Echo),
    || Rc::new(GCounter),
    || Rc::new(GSet),
    || Rc::new(Kafka),
    || Rc::new(LinKv),
    || Rc::new(PnCounter),
    || Rc::new(TxnListAppend),
    || Rc::new(TxnRwRegister),
    || Rc::new(UniqueIds),
];

/// Returns all built-in workloads, sorted by name.
pub fn all() -> Vec<Rc<dyn Workload>> {
    ALL.into_iter().map(|make| make()).collect()
}

/// Returns the built-in workload with this name.
///
/// # Errors
/// Returns an error if there is no such workload. The message lists all workloads.
pub fn by_name(name: &str) -> Result<Rc<dyn Workload>, String> {
    Workloads::built_in().get(name, &BTreeMap::new())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use fastrand::Rng;
    use mael::executor::Scope;
    use mael_history::Value;

    use super::*;
    use crate::engine::{Invocation, Next};
    use crate::simulation::clock::{Clock, VirtualTime};
    use crate::{Concurrency, Options};

    /// Returns the first operations that a workload generates, and simpler versions of them.
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
                other => panic!("expected an operation, not {other:?}"),
            };
            (0..1000).map(next).collect::<Vec<_>>()
        }));
        let with_simpler = |it| [workload.simpler(&it), vec![it]].concat();
        drawn.unwrap().into_iter().flat_map(with_simpler).collect()
    }

    #[test]
    fn every_workload_supports_only_operations_that_it_generates() {
        for workload in all() {
            let operations = operations(&*workload);
            for operation in &operations {
                assert!(
                    workload.supports(operation),
                    "{}: {operation:?}",
                    workload.name()
                );
            }
            let unknown = Invocation::new("unknown", Value::Nil);
            assert!(!workload.supports(&unknown), "{}", workload.name());
            let names: BTreeSet<_> = operations.into_iter().map(|it| it.f).collect();
            for f in names {
                // No operation has an argument that is a map.
                let strange = Invocation::new(f, Value::map([("a", 1.into())]));
                assert!(
                    !workload.supports(&strange),
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
