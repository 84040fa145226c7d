//! Benchmarks of the checkers.

#[path = "../tests/linearizable/random.rs"]
mod random;

use criterion::{Criterion, criterion_group, criterion_main};
use fastrand::Rng;
use mael_history::{History, Validity};
use mael_sim::Options;
use mael_sim::workloads::{LinKv, Workload};

use random::{Shape, indeterminate_writes, registers};

fn judge(criterion: &mut Criterion, name: &str, history: &History, valid: Validity) {
    let options = Options::default();
    let check = || {
        let verdict = LinKv.check(&options, history);
        assert_eq!(verdict.valid, valid, "{:?}", verdict.explanation);
    };
    criterion.bench_function(name, |bencher| bencher.iter(check));
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
        "lin-kv: 100,000 operations, 50 processes, 100 keys",
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
        "lin-kv: 1,000 operations, 50 processes, 1 key",
        &one,
        Validity::True,
    );
    for valid in [Validity::True, Validity::False] {
        judge(
            criterion,
            &format!("lin-kv: 30 indeterminate writes, {valid:?}"),
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
