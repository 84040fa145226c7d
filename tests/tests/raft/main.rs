//! `lin-kv` over Raft in virtual time: right under every fault, and soon back when its leader is
//! killed; and true to the rules of votes and logs in a few messages of a script.

mod runs;
mod script;

use std::collections::BTreeSet;
use std::ops::Range;
use std::time::Duration;

use mael_workbench::Fault::Kill;
use mael_workbench::Value;
use mael_workbench::history::Kind;
use mael_workbench::simulation::{Simulated, ms, secs};

use runs::{calm, is_linearizable, rough, short};
use script::{compares_logs, keeps_to_its_vote};

fn assert_linearizable(seeds: &Range<u64>) {
    let simulations = [
        ("short", short()),
        ("rough", rough(ms(0))),
        ("rough, 10 ms", rough(ms(10))),
        ("rough, 50 ms", rough(ms(50))),
    ];
    for (name, mut simulation) in simulations {
        // So many at a time, because the histories of all are kept.
        for first in seeds.clone().step_by(100) {
            simulation = simulation.seeds(first..seeds.end.min(first + 100));
            for run in simulation.run() {
                let (seed, results) = (run.seed, &run.results);
                assert!(is_linearizable(&run), "{name}, seed {seed}: {results:?}");
            }
        }
    }
}

#[test]
fn it_is_linearizable_under_every_fault() {
    assert_linearizable(&(0..3));
}

#[test]
#[ignore = "it takes minutes, and is for an optimized build"]
fn it_is_linearizable_in_many_runs() {
    assert_linearizable(&(0..10_000));
}

#[test]
fn without_faults_it_serves_from_near_and_far() {
    for latency in [0, 10, 50] {
        let simulation = calm().latency(ms(latency));
        for run in simulation.seeds(0..2).run() {
            assert!(run.passed(), "{:?}", run.results);
            let ends = run.record.history.completions();
            let unknown = ends.filter(|end| end.kind == Kind::Info).count();
            assert_eq!(unknown, 0, "seed {} at {latency} ms", run.seed);
            let operations = run.record.history.invocations().count() as f64;
            let cost = run.record.net.servers.send as f64 / operations;
            assert!(cost < 14.0, "{cost} messages per operation");
        }
    }
}

/// For each time that one or two of five nodes were killed, how long it took until an operation
/// succeeded that began after it.
fn interruptions(run: &Simulated) -> Vec<Duration> {
    let operations = &run.record.history.0;
    let mut interruptions = Vec::new();
    for (place, kill) in operations.iter().enumerate() {
        let Value::Map(killed) = &kill.value else {
            continue;
        };
        if kill.f != "kill" || killed.len() > 2 {
            continue;
        }
        let mut begun = BTreeSet::new();
        let served = operations[place..].iter().find(|operation| {
            if operation.kind == Kind::Invoke {
                begun.insert(operation.process);
            }
            operation.kind == Kind::Ok && begun.contains(&operation.process)
        });
        let end = served.map_or(run.record.took.as_nanos() as u64, |served| served.time);
        interruptions.push(Duration::from_nanos(end - kill.time));
    }
    interruptions
}

#[test]
fn it_serves_again_soon_after_its_leader_is_killed() {
    for latency in [0, 10] {
        let simulation = calm().time_limit(secs(20)).latency(ms(latency));
        let simulation = simulation.nemesis([Kill]).nemesis_interval(secs(5));
        let runs = simulation.seeds(0..10).run();
        let mut times: Vec<Duration> = runs.iter().flat_map(interruptions).collect();
        times.sort_unstable();
        println!("latency {latency} ms: {times:?}");
        // A kill that interrupts it this long has hit the leader.
        let elections = times.iter().filter(|time| **time > ms(200)).count();
        assert!(elections >= 2, "{elections}");
        assert!(times.iter().all(|time| *time < secs(2)), "{times:?}");
    }
}

#[test]
fn it_keeps_to_its_vote_when_it_is_killed() {
    assert!(keeps_to_its_vote());
}

#[test]
fn it_compares_logs() {
    assert!(compares_logs());
}
