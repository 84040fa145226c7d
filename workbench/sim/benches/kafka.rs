//! Benchmarks of the kafka checker, on histories of a correct broker with different numbers of
//! operations.

use std::hint::black_box;

use criterion::{
    BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};
use mael::prelude::*;
use mael_checkers::kafka;
use mael_checkers::kafka::SubVia;
use mael_history::{History, Validity};
use mael_sim::simulate;
use mael_sim::simulation::secs;
use mael_sim::workloads::Kafka;

/// Operations per second, in virtual time.
const RATE: u64 = 1_000;

type Messages = BTreeMap<String, Vec<(usize, u64)>>;
type Offsets = BTreeMap<String, usize>;

/// A single node that stores all logs.
#[node]
struct Broker {
    logs: RefCell<BTreeMap<String, Vec<u64>>>,
    committed: RefCell<Offsets>,
}

#[handlers]
impl Broker {
    #[handler(type = "send", reply = "offset")]
    fn append(&self, key: String, msg: u64) -> usize {
        let mut logs = self.logs.borrow_mut();
        let log = logs.entry(key).or_default();
        log.push(msg);
        log.len() - 1
    }

    #[handler(type = "poll", reply = "msgs")]
    fn poll(&self, offsets: Offsets) -> Messages {
        let logs = self.logs.borrow();
        let mut msgs = Messages::new();
        for (key, offset) in offsets {
            let log = logs.get(&key).into_iter().flatten().copied();
            let wanted: Vec<_> = log.enumerate().skip(offset).collect();
            if !wanted.is_empty() {
                msgs.insert(key, wanted);
            }
        }
        msgs
    }

    #[handler(type = "commit_offsets")]
    fn commit(&self, offsets: Offsets) {
        self.committed.borrow_mut().extend(offsets);
    }

    #[handler(type = "list_committed_offsets", reply = "offsets")]
    fn committed(&self, keys: Vec<String>) -> Offsets {
        let committed = self.committed.borrow();
        let known = keys.into_iter().filter_map(|key| {
            let offset = *committed.get(&key)?;
            Some((key, offset))
        });
        known.collect()
    }
}

fn history(operations: u64) -> History {
    let run = simulate::<Broker>(Kafka)
        .nodes(1)
        .concurrency(10)
        .rate(RATE as f64)
        .time_limit(secs(operations / RATE))
        .run_seed(1);
    run.record.history
}

fn check(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("kafka");
    group.sampling_mode(SamplingMode::Flat).sample_size(10);
    for operations in [10_000, 100_000, 1_000_000] {
        let history = history(operations);
        assert_eq!(kafka::check(&history, SubVia::Assign).valid, Validity::True);
        group.throughput(Throughput::Elements(history.invocations().count() as u64));
        group.bench_with_input(
            BenchmarkId::from_parameter(operations),
            &history,
            |bencher, history| bencher.iter(|| black_box(kafka::check(history, SubVia::Assign))),
        );
    }
    group.finish();
}

criterion_group!(benches, check);
criterion_main!(benches);
