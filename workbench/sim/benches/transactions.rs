//! Benchmarks of the transaction checkers, on histories of a strictly serializable store with
//! different numbers of transactions.

use std::collections::HashMap;
use std::hint::black_box;

use criterion::{
    BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};
use fastrand::Rng;
use mael_history::{History, Kind, Operation, Process, Validity, Value};
use mael_sim::Options;
use mael_sim::engine::{Invocation, Next};
use mael_sim::workloads::{TxnListAppend, TxnRwRegister, Workload};

/// The number of concurrent clients.
const CLIENTS: usize = 10;

/// A store that executes transactions one after the other, each at some time between its invocation
/// and its completion.
struct Store {
    random: Rng,
    history: History,
    values: HashMap<Value, Value>,
}

impl Store {
    fn run(workload: &dyn Workload, transactions: usize) -> History {
        let mut store = Self {
            random: Rng::with_seed(1),
            history: History::default(),
            values: HashMap::new(),
        };
        let mut generator = workload.generator(&Options::default());
        let mut begun: Vec<(usize, Invocation)> = Vec::new();
        for begins in 0..transactions + CLIENTS {
            if begins >= CLIENTS {
                let (process, invocation) = begun.swap_remove(store.random.usize(..begun.len()));
                let done = store.transact(&invocation.value);
                store.record(process, Kind::Ok, done);
            }
            if begins < transactions {
                let free = (0..CLIENTS).find(|it| begun.iter().all(|(busy, _)| busy != it));
                let free = free.expect("an operation of a client has just completed");
                let Next::Invoke(process, invocation) = generator.next(&[free], &mut store.random)
                else {
                    unreachable!("the generator never ends");
                };
                store.record(process, Kind::Invoke, invocation.value.clone());
                begun.push((process, invocation));
            }
        }
        store.history
    }

    fn transact(&mut self, transaction: &Value) -> Value {
        let Value::List(steps) = transaction else {
            unreachable!("a transaction is a list");
        };
        let steps = steps.iter().map(|step| {
            let Value::List(step) = step else {
                unreachable!("a micro-operation is a list");
            };
            let held = self.values.entry(step[1].clone()).or_default();
            let value = match step[0].name() {
                Some("r") => held.clone(),
                Some("w") => {
                    *held = step[2].clone();
                    step[2].clone()
                }
                _ => {
                    match held {
                        Value::List(elements) => elements.push(step[2].clone()),
                        held => *held = Value::List(vec![step[2].clone()]),
                    }
                    step[2].clone()
                }
            };
            Value::List(vec![step[0].clone(), step[1].clone(), value])
        });
        Value::List(steps.collect())
    }

    fn record(&mut self, process: usize, kind: Kind, value: Value) {
        let index = self.history.0.len();
        self.history.0.push(Operation {
            index,
            time: index as u64 * 1000,
            kind,
            process: Process::Client(process),
            f: "txn".into(),
            value,
            is_final: false,
            error: None,
            exception: None,
            extra: Vec::new(),
        });
    }
}

fn check(criterion: &mut Criterion) {
    let workloads: [&dyn Workload; 2] = [&TxnListAppend, &TxnRwRegister];
    let options = Options::default();
    for workload in workloads {
        let mut group = criterion.benchmark_group(workload.name());
        group.sampling_mode(SamplingMode::Flat).sample_size(10);
        for transactions in [10_000, 100_000, 1_000_000] {
            let history = Store::run(workload, transactions);
            group.throughput(Throughput::Elements(transactions as u64));
            let id = BenchmarkId::from_parameter(transactions);
            group.bench_with_input(id, &history, |bencher, history| {
                bencher.iter(|| {
                    let verdict = workload.check(&options, black_box(history));
                    assert_eq!(verdict.valid, Validity::True);
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, check);
criterion_main!(benches);
