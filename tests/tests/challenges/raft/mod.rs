//! `lin-kv` over Raft in virtual time: right under every fault, and soon back when its leader is
//! killed; and true to the rules of votes and logs in a few messages of a script.

mod runs;
mod script;

use std::collections::BTreeSet;
use std::ops::Range;
use std::time::Duration;

use mael_challenges::LinKv;
use mael_history::{Kind, Value};
use mael_sim::Fault::Kill;
use mael_sim::simulation::{Simulated, ms, secs};
use mael_sim::{simulate, workloads};

use runs::{busy, calm, is_linearizable, rough, short};
use script::{
    commits_by_its_own_term, commits_what_it_has_compared, compares_logs, does_nothing_twice,
    keeps_to_its_leader, keeps_to_its_vote, stays_in_its_term, takes_snapshots,
};

fn assert_linearizable(seeds: &Range<u64>) {
    let simulations = [
        ("short", short()),
        ("rough", rough(ms(0))),
        ("rough, 10 ms", rough(ms(10))),
        ("rough, 50 ms", rough(ms(50))),
    ];
    for (name, mut simulation) in simulations {
        let mut succeeded = 0;
        // So many at a time, because the histories of all are kept.
        for first in seeds.clone().step_by(100) {
            simulation = simulation.seeds(first..seeds.end.min(first + 100));
            for run in simulation.run() {
                let (seed, results) = (run.seed, &run.results);
                assert!(is_linearizable(&run), "{name}, seed {seed}: {results:?}");
                let ends = run.record.history.completions();
                succeeded += ends.filter(|end| end.kind == Kind::Ok).count();
            }
        }
        let runs = seeds.clone().count();
        assert!(succeeded > runs, "{name}: {succeeded} in {runs} runs");
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
                begun.insert(operation.process.clone());
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
fn it_keeps_to_a_leader_that_it_hears_of() {
    assert!(keeps_to_its_leader());
}

#[test]
fn it_stays_in_its_term_while_nobody_would_vote_for_it() {
    assert!(stays_in_its_term());
}

#[test]
fn it_compares_logs() {
    assert!(compares_logs());
}

#[test]
fn it_commits_only_what_it_has_compared() {
    assert!(commits_what_it_has_compared());
}

#[test]
fn it_takes_a_snapshot_and_what_follows() {
    assert!(takes_snapshots());
}

#[test]
fn it_commits_no_entry_of_an_earlier_term_by_itself() {
    assert!(commits_by_its_own_term());
}

#[test]
fn it_does_nothing_twice_and_refuses_what_it_may_have_discarded() {
    assert!(does_nothing_twice());
}

#[test]
fn its_snapshots_are_right_wherever_it_is_killed() {
    let small = simulate::<LinKv>(workloads::LinKv).nodes(1).concurrency(2);
    let small = small.rate(10.0).time_limit(secs(3)).recovery(secs(2));
    let points = small.args(["--snapshot-interval", "2"]).kill_everywhere();
    assert!(points > 50, "{points}");
}

/// What the nodes have in storage at the end of a run, in bytes: the largest file.
fn largest_file(run: &Simulated) -> usize {
    run.storage.values().map(Vec::len).max().unwrap_or(0)
}

/// How often a node has taken a snapshot from another.
fn snapshots_installed(run: &Simulated) -> usize {
    let journal = String::from_utf8_lossy(&run.journal);
    journal.matches("\"type\":\"install_snapshot_ok\"").count()
}

/// Asserts that runs are right in which the log is compacted again and again, and nodes fall behind
/// it.
fn assert_bounded(run: &Simulated) {
    let (seed, largest) = (run.seed, largest_file(run));
    assert!(is_linearizable(run), "seed {seed}: {:?}", run.results);
    // An entry takes less than 100 bytes, and there are hardly more than 2,000.
    assert!(largest < 200_000, "seed {seed}: {largest} bytes");
}

#[test]
fn its_log_is_compacted_while_nodes_fall_behind() {
    let run = busy().run_seed(4);
    assert_bounded(&run);
    let ends = run.record.history.completions();
    let done = ends.filter(|end| end.kind != Kind::Info).count();
    assert!(done > 7000, "{done}");
    assert!(snapshots_installed(&run) > 0);
}

#[test]
#[ignore = "it takes minutes, and is for an optimized build"]
fn its_log_is_compacted_in_many_runs() {
    let mut simulation = busy();
    for first in (0..200).step_by(20) {
        simulation = simulation.seeds(first..first + 20);
        simulation.run().iter().for_each(assert_bounded);
    }
}
