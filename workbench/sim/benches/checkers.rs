//! Benchmarks of the linearizability checker: with the model that is written by hand for lin-kv,
//! and with a specification of the same store.

#[path = "../tests/linearizable/random.rs"]
mod random;

use criterion::{Criterion, criterion_group, criterion_main};
use fastrand::Rng;
use mael::prelude::*;
use mael_history::{History, Validity};
use mael_sim::declared::specified_by;
use mael_sim::workloads::{LinKv, Workload};
use mael_sim::{Options, specification};

use random::{Shape, indeterminate_writes, registers};

/// A key-value store, as one machine would keep it.
#[node]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Store {
    values: RefCell<BTreeMap<u64, i64>>,
}

#[specification]
#[handlers]
impl Store {
    #[handler(type = "read", reply = "value", value = "[key, value]", read_only)]
    fn read(
        &self,
        #[key]
        #[draw(0..5)]
        key: u64,
    ) -> Option<i64> {
        self.values.borrow().get(&key).copied()
    }

    #[handler(type = "write", value = "[key, value]", overwrites)]
    fn write(
        &self,
        #[key]
        #[draw(0..5)]
        key: u64,
        #[draw(0..5)] value: i64,
    ) {
        self.values.borrow_mut().insert(key, value);
    }

    #[handler(type = "cas", value = "[key, [from, to]]")]
    fn cas(
        &self,
        #[key]
        #[draw(0..5)]
        key: u64,
        #[draw(0..5)] from: i64,
        #[draw(0..5)] to: i64,
    ) -> mael::Result<()> {
        match self.values.borrow_mut().get_mut(&key) {
            Some(value) if *value == from => *value = to,
            Some(_) => return Err(Error::precondition_failed("another value")),
            None => return Err(Error::key_does_not_exist("no value")),
        }
        Ok(())
    }
}

/// Checks a history with both.
fn judge(criterion: &mut Criterion, name: &str, history: &History, valid: Validity) {
    let options = Options::default();
    let by_hand: &dyn Workload = &LinKv;
    for (prefix, workload) in [
        ("lin-kv", by_hand),
        ("specification", &specified_by::<Store>()),
    ] {
        let check = || {
            let verdict = workload.check(&options, history);
            assert_eq!(verdict.valid, valid, "{:?}", verdict.explanation);
        };
        criterion.bench_function(&format!("{prefix}: {name}"), |bencher| bencher.iter(check));
    }
}

fn linearizable(criterion: &mut Criterion) {
    let many = Shape {
        processes: 50,
        operations: 100_000,
        keys: 100,
        values: 5,
        indeterminate: 0.0,
        lies: 0.0,
    };
    let spread = registers(many, &mut Rng::with_seed(1));
    judge(
        criterion,
        "100,000 operations, 50 processes, 100 keys",
        &spread,
        Validity::True,
    );
    let shape = Shape {
        operations: 1_000,
        keys: 1,
        ..many
    };
    let one = registers(shape, &mut Rng::with_seed(1));
    judge(
        criterion,
        "1,000 operations, 50 processes, 1 key",
        &one,
        Validity::True,
    );
    for valid in [Validity::True, Validity::False] {
        judge(
            criterion,
            &format!("30 indeterminate writes, {valid:?}"),
            &indeterminate_writes(30, valid == Validity::True),
            valid,
        );
    }
}

criterion_group! {
    name = checkers;
    config = Criterion::default().sample_size(10);
    targets = linearizable
}
criterion_main!(checkers);
