//! Everything that may happen to those who share a lock, under many seeds.

use std::ops::Range;

use mael::node::Handlers;
use mael::prelude::*;
use mael::time::Duration;
use mael_workbench::history::Kind;
use mael_workbench::simulation::{Simulated, Simulation, ms, secs};
use mael_workbench::{Fault, Value, simulate};

use crate::chain::{Log, append, walk};
use crate::logs::Logs;
use crate::values::natural;

/// Keeps each log as a chain of entries below a lock.
#[node(rpc_timeout_ms = 150)]
struct Chained {
    #[lease(ms = 300)]
    logs: Locks<u64, Log>,
}

#[handlers]
impl Chained {
    #[handler(type = "append", reply("offset", "runs"))]
    async fn append(&self, key: u64, number: u64) -> mael::Result<(u64, u64)> {
        append(&self.logs.of(&key), number, Duration::ZERO).await
    }

    #[handler(type = "walk", reply = "numbers")]
    async fn walk(&self, key: u64) -> mael::Result<Vec<u64>> {
        walk(&self.logs.of(&key)).await
    }
}

/// Three nodes with four clients each, who append as fast as they may.
pub(crate) fn logs<N: Handlers>() -> Simulation<N> {
    simulate::<N>(Logs)
        .nodes(3)
        .concurrency(12)
        .rate(60.0)
        .time_limit(secs(5))
        .nemesis_interval(secs(1))
}

/// The ways to make it hard, by name.
fn hardships<N: Handlers>() -> [(&'static str, Simulation<N>); 8] {
    let everything = [Fault::Partition, Fault::Kill, Fault::Pause];
    let near = || logs().latency(ms(5));
    let rough = || near().loss(0.05).duplicate(0.1).reorder(0.2);
    [
        ("no faults", logs()),
        ("a long way", logs().latency(ms(30))),
        ("rough links", rough()),
        ("partitions", near().nemesis([Fault::Partition])),
        ("kills", near().nemesis([Fault::Kill])),
        ("pauses", near().nemesis([Fault::Pause])),
        ("all of the nemesis", near().nemesis(everything)),
        ("everything", rough().nemesis(everything)),
    ]
}

pub(crate) fn hardship<N: Handlers>(name: &str) -> Simulation<N> {
    let mut all = hardships().into_iter();
    let found = all.find(|(hardship, _)| *hardship == name);
    found.expect("there is such a hardship").1
}

/// How often the worst came to pass in some runs.
#[derive(Debug, Default)]
struct Worst {
    lost: usize,
    unknown: usize,
}

impl Worst {
    fn of(runs: &[Simulated]) -> Self {
        let mut worst = Self::default();
        for run in runs {
            for end in run.record.history.completions() {
                let again = match &end.value {
                    Value::List(done) if end.f == "append" => {
                        end.kind == Kind::Ok && natural(&done[3]) > 1
                    }
                    _ => false,
                };
                worst.lost += usize::from(again);
                let unknown = |error: &Value| error.to_string().contains("others have committed");
                worst.unknown += usize::from(end.error.as_ref().is_some_and(unknown));
            }
        }
        worst
    }
}

/// Checks all hardships under as many seeds each, and tells how often the worst came to pass.
fn check_hardships(seeds: Range<u64>) -> Worst {
    let mut worst = Worst::default();
    for (name, simulation) in hardships::<Chained>() {
        let runs = simulation.seeds(seeds.clone()).run();
        for run in &runs {
            // Now and then all nodes are dead for so long that no append succeeds, which other
            // checkers mind.
            let mut wrongs = run.results.explanation.iter();
            let wrong = wrongs.find(|(checker, _)| *checker == "workload");
            assert_eq!(wrong, None, "{name}, seed {}", run.seed);
            assert_eq!(run.record.broken, None, "{name}, seed {}", run.seed);
        }
        let Worst { lost, unknown } = Worst::of(&runs);
        let count = runs.len();
        println!("{name}: {count} seeds, {lost} changes made again, {unknown} unknown");
        worst.lost += lost;
        worst.unknown += unknown;
    }
    worst
}

#[test]
fn no_update_is_lost_or_made_twice_under_any_hardship() {
    let worst = check_hardships(0..25);
    assert!(worst.lost > 0 && worst.unknown > 0, "{worst:?}");
}

#[test]
#[ignore = "it takes minutes, and is for an optimized build"]
fn no_update_is_lost_or_made_twice_under_any_hardship_for_longer() {
    for first in (25..1_525).step_by(100) {
        check_hardships(first..first + 100);
    }
}
