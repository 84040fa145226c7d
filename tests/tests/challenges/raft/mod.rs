//! Tests `lin-kv` over Raft: in virtual time it is linearizable under every fault and recovers
//! quickly from a leader's failure, and message by message it follows the rules for votes and logs.

mod rules;
mod runs;

use std::collections::BTreeSet;
use std::ops::Range;
use std::time::Duration;

use mael_challenges::LinKv;
use mael_history::{Kind, Value};
use mael_sim::Fault::Kill;
use mael_sim::simulation::{Simulated, ms, secs};
use mael_sim::{simulate, workloads};

use rules::{
    commits_by_its_own_term, commits_matching_entries, compares_logs, denies_pre_votes,
    installs_snapshots, keeps_its_term, keeps_its_vote, performs_commands_once,
};
use runs::{busy, is_linearizable, lossy, with_faults, without_faults};

fn assert_linearizable(seeds: &Range<u64>) {
    let simulations = [
        ("with faults", with_faults()),
        ("lossy", lossy(ms(0))),
        ("lossy, 10 ms", lossy(ms(10))),
        ("lossy, 50 ms", lossy(ms(50))),
    ];
    for (name, mut simulation) in simulations {
        let mut succeeded = 0;
        // Run in batches of 100, because all histories of a batch are in memory.
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
fn is_linearizable_under_every_fault() {
    assert_linearizable(&(0..3));
}

#[test]
#[ignore = "takes minutes in an optimized build"]
fn is_linearizable_in_many_runs() {
    assert_linearizable(&(0..10_000));
}

#[test]
fn serves_requests_on_leader_and_followers() {
    for latency in [0, 10, 50] {
        let simulation = without_faults().latency(ms(latency));
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

/// For each kill of one or two of five nodes, returns the time until an operation succeeded that
/// was invoked after it.
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
        let mut invoked = BTreeSet::new();
        let served = operations[place..].iter().find(|operation| {
            if operation.kind == Kind::Invoke {
                invoked.insert(operation.process.clone());
            }
            operation.kind == Kind::Ok && invoked.contains(&operation.process)
        });
        let end = served.map_or(run.record.took.as_nanos() as u64, |served| served.time);
        interruptions.push(Duration::from_nanos(end - kill.time));
    }
    interruptions
}

#[test]
fn recovers_within_two_seconds_after_its_leader_is_killed() {
    for latency in [0, 10] {
        let simulation = without_faults().time_limit(secs(20)).latency(ms(latency));
        let simulation = simulation.nemesis([Kill]).nemesis_interval(secs(5));
        let runs = simulation.seeds(0..10).run();
        let mut times: Vec<Duration> = runs.iter().flat_map(interruptions).collect();
        times.sort_unstable();
        println!("latency {latency} ms: {times:?}");
        // A kill that causes an interruption this long has hit the leader.
        let elections = times.iter().filter(|time| **time > ms(200)).count();
        assert!(elections >= 2, "{elections}");
        assert!(times.iter().all(|time| *time < secs(2)), "{times:?}");
    }
}

#[test]
fn keeps_its_vote_across_a_kill() {
    assert!(keeps_its_vote());
}

#[test]
fn denies_pre_votes_while_a_leader_is_alive() {
    assert!(denies_pre_votes());
}

#[test]
fn keeps_its_term_without_a_majority_of_pre_votes() {
    assert!(keeps_its_term());
}

#[test]
fn compares_logs_before_it_votes_or_appends() {
    assert!(compares_logs());
}

#[test]
fn commits_only_entries_that_match_the_leaders_log() {
    assert!(commits_matching_entries());
}

#[test]
fn installs_a_snapshot_and_the_entries_after_it() {
    assert!(installs_snapshots());
}

#[test]
fn commits_entries_of_earlier_terms_only_with_one_of_its_own() {
    assert!(commits_by_its_own_term());
}

#[test]
fn performs_a_command_once_and_rejects_one_that_it_may_have_discarded() {
    assert!(performs_commands_once());
}

#[test]
fn snapshots_are_consistent_if_it_is_killed_at_any_step() {
    let small = simulate::<LinKv>(workloads::LinKv).nodes(1).concurrency(2);
    let small = small.rate(10.0).time_limit(secs(3)).recovery(secs(2));
    let points = small.args(["--snapshot-interval", "2"]).exhaustive_kills();
    assert!(points > 50, "{points}");
}

/// Returns the size of the largest file in the nodes' storage at the end of a run, in bytes.
fn largest_file(run: &Simulated) -> usize {
    run.storage.values().map(Vec::len).max().unwrap_or(0)
}

/// Returns the number of snapshots that nodes have installed from another node.
fn snapshots_installed(run: &Simulated) -> usize {
    let journal = String::from_utf8_lossy(&run.journal);
    journal.matches("\"type\":\"install_snapshot_ok\"").count()
}

/// Asserts that a run with repeated log compaction is linearizable and that its storage is bounded.
fn assert_bounded(run: &Simulated) {
    let (seed, largest) = (run.seed, largest_file(run));
    assert!(is_linearizable(run), "seed {seed}: {:?}", run.results);
    // An entry takes less than 100 bytes, and a log contains at most about 2,000.
    assert!(largest < 200_000, "seed {seed}: {largest} bytes");
}

#[test]
fn compacts_its_log_while_nodes_lag() {
    let run = busy().run_seed(4);
    assert_bounded(&run);
    let ends = run.record.history.completions();
    let done = ends.filter(|end| end.kind != Kind::Info).count();
    assert!(done > 7000, "{done}");
    assert!(snapshots_installed(&run) > 0);
}

#[test]
#[ignore = "takes minutes in an optimized build"]
fn compacts_its_log_in_many_runs() {
    let mut simulation = busy();
    for first in (0..200).step_by(20) {
        simulation = simulation.seeds(first..first + 20);
        simulation.run().iter().for_each(assert_bounded);
    }
}
