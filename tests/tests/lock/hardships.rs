//! Everything that may happen to those who share a lock, under many seeds.

use std::ops::Range;

use mael::node::Handlers;
use mael::prelude::*;
use mael::time::Duration;
use mael_history::{Kind, Value};
use mael_sim::simulation::{Simulated, Simulation, ms, secs};
use mael_sim::{Fault, simulate};

use crate::chain::{Log, append, walk};
use crate::holders::Ends;
use crate::logs::Logs;
use crate::values::natural;

/// How long a caller holds the lock at least, so that faults find somebody holding it.
const HOLD: Duration = ms(25);

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
        append(&self.logs.of(&key), number, HOLD).await
    }

    #[handler(type = "walk", reply = "numbers")]
    async fn walk(&self, key: u64) -> mael::Result<Vec<u64>> {
        walk(&self.logs.of(&key)).await
    }
}

/// Three nodes with so many clients that some are left when those of a dead node wait in vain.
pub(crate) fn logs<N: Handlers>() -> Simulation<N> {
    simulate::<N>(Logs)
        .nodes(3)
        .concurrency(90)
        .rate(60.0)
        .time_limit(secs(4))
        .nemesis_interval(ms(400))
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
    /// Appends that were run again, because their hold was lost.
    again: usize,
    /// Appends of which it could not be told whether they were committed.
    unknown: usize,
    /// Holds that others took over.
    taken_over: usize,
    /// Commits of holders that had been taken over.
    refused: usize,
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
                worst.again += usize::from(again);
                let unknown = |error: &Value| error.to_string().contains("others have committed");
                worst.unknown += usize::from(end.error.as_ref().is_some_and(unknown));
            }
            let Ends {
                taken_over,
                refused,
            } = Ends::of(&run.journal);
            worst.taken_over += taken_over;
            worst.refused += refused;
        }
        worst
    }
}

/// Checks one hardship under these seeds, and tells how often the worst came to pass.
fn check(name: &str, seeds: Range<u64>) -> Worst {
    let runs = hardship::<Chained>(name).journal().seeds(seeds).run();
    for run in &runs {
        // Now and then all nodes are dead for so long that no append succeeds, which other
        // checkers mind.
        let mut wrongs = run.results.explanation.iter();
        let wrong = wrongs.find(|(checker, _)| *checker == "workload");
        assert_eq!(wrong, None, "{name}, seed {}", run.seed);
        assert_eq!(run.record.broken, None, "{name}, seed {}", run.seed);
    }
    let worst = Worst::of(&runs);
    println!("{name}: {} seeds, {worst:?}", runs.len());
    worst
}

const SEEDS: Range<u64> = 0..12;

#[test]
fn no_update_is_lost_or_made_twice_without_faults() {
    for name in ["no faults", "a long way", "partitions"] {
        let worst = check(name, SEEDS);
        // Nobody is late.
        assert_eq!((worst.taken_over, worst.unknown), (0, 0), "{worst:?}");
    }
}

#[test]
fn no_update_is_lost_or_made_twice_when_holders_die() {
    let worst = check("kills", SEEDS);
    // Many were killed while they held a lock, and so nobody heard of them again.
    assert!(worst.taken_over >= 15 && worst.refused == 0, "{worst:?}");
}

#[test]
fn no_update_is_lost_or_made_twice_when_holders_pause() {
    let worst = check("pauses", SEEDS);
    // Many were paused while they held a lock, and went on when it was no longer theirs.
    assert!(worst.taken_over >= 15 && worst.again > 0, "{worst:?}");
}

#[test]
fn no_update_is_lost_or_made_twice_when_messages_are() {
    let worst = check("rough links", SEEDS);
    assert!(worst.refused > 0 && worst.unknown == 0, "{worst:?}");
}

#[test]
fn no_update_is_lost_or_made_twice_when_everything_goes_wrong() {
    check("all of the nemesis", SEEDS);
    let worst = check("everything", SEEDS);
    assert!(worst.refused > 0 && worst.unknown == 0, "{worst:?}");
    assert!(worst.taken_over >= 15 && worst.again > 0, "{worst:?}");
}

#[test]
#[ignore = "it takes minutes, and is for an optimized build"]
fn no_update_is_lost_or_made_twice_under_any_hardship_for_longer() {
    for (name, _) in hardships::<Chained>() {
        for first in (25..1_525).step_by(100) {
            check(name, first..first + 100);
        }
    }
}
