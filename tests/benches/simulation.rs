//! Benchmarks simulated runs and their checks: broadcast along the default grid with different
//! numbers of nodes.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, SamplingMode, criterion_group, criterion_main};
use mael_sim::simulation::{Simulation, ms, secs};
use mael_sim::{simulate, workloads};
use mael_tests::reference::flood::Flood;

fn broadcast(nodes: usize) -> Simulation<Flood> {
    simulate::<Flood>(workloads::Broadcast)
        .nodes(nodes)
        .rate(100.0)
        .latency(ms(100))
        .time_limit(secs(20))
}

fn simulation(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("simulation");
    group
        .sampling_mode(SamplingMode::Flat)
        .sample_size(10)
        .measurement_time(Duration::from_secs(3));
    for nodes in [5, 10, 25, 50, 100] {
        let simulation = broadcast(nodes);
        assert!(simulation.run_seed(1).passed());
        group.bench_with_input(
            BenchmarkId::new("broadcast", nodes),
            &simulation,
            |bencher, simulation| bencher.iter(|| black_box(simulation.run_seed(1))),
        );
    }
    group.finish();
}

criterion_group!(benches, simulation);
criterion_main!(benches);
