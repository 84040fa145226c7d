//! `lin-kv` over Raft in virtual time: right under every fault, soon back when its leader is
//! killed, and found out with each of the bugs that the build plants in a copy of it (`build.rs`
//! lists them): most by some of a thousand seeds, the rarest by a few messages of a script.

use std::collections::BTreeSet;
use std::ops::Range;
use std::time::Duration;

use mael::node::Handlers;
use mael::{Disk, Host};
use mael_challenges::LinKv;
use mael_tests::Lab;
use mael_workbench::Fault::{Kill, Partition, Pause};
use mael_workbench::history::Kind;
use mael_workbench::simulation::{Simulated, Simulation, ms, secs};
use mael_workbench::{Value, simulate, workloads};

/// Copies of `lin-kv`, each with a bug.
mod planted {
    include!(concat!(env!("OUT_DIR"), "/planted_lin_kv.rs"));
}

/// A short run.
fn calm<N: Handlers>() -> Simulation<N> {
    let simulation = simulate::<N>(workloads::LinKv).nodes(5).concurrency(10);
    simulation.rate(50.0).time_limit(secs(5))
}

/// The same with much trouble.
fn short<N: Handlers>() -> Simulation<N> {
    let simulation = calm::<N>().nemesis([Partition, Kill, Pause]);
    simulation.nemesis_interval(secs(1))
}

/// The same over links that lose, double and reorder messages.
fn rough<N: Handlers>(latency: Duration) -> Simulation<N> {
    let simulation = short::<N>().latency(latency).loss(0.05);
    simulation.duplicate(0.1).reorder(0.1)
}

/// Whether each read can have seen what it did. Where most nodes are down for most of the time, the
/// stats checker may miss an operation that succeeds, here as in Maelstrom (page "Checkers",
/// section 2); that says nothing of the node.
fn is_linearizable(run: &Simulated) -> bool {
    let workload = run.results.map.get("workload");
    run.record.broken.is_none()
        && workload.and_then(|results| results.get("valid?")) == Some(&Value::Bool(true))
}

fn assert_linearizable(seeds: &Range<u64>) {
    let simulations = [
        ("short", short::<LinKv>()),
        ("rough", rough::<LinKv>(ms(0))),
        ("rough, 10 ms", rough::<LinKv>(ms(10))),
        ("rough, 50 ms", rough::<LinKv>(ms(50))),
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
        let simulation = calm::<LinKv>().latency(ms(latency));
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
        let simulation = calm::<LinKv>().time_limit(secs(20)).latency(ms(latency));
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

/// A node that is started on this disk as one of five.
fn start<N: Handlers>(disk: &Disk) -> Lab {
    let host = Host {
        disk: disk.clone(),
        ..Host::default()
    };
    let mut lab = Lab::on::<N>(host);
    let nodes = r#"["n1","n2","n3","n4","n5"]"#;
    lab.deliver(&format!(
        r#"{{"type":"init","msg_id":0,"node_id":"n1","node_ids":{nodes}}}"#
    ));
    assert_eq!(lab.replies()[0]["type"], "init_ok");
    lab
}

/// The node's answer to this request of another node.
fn answer(lab: &mut Lab, from: &str, request: &str) -> serde_json::Value {
    lab.deliver_from(from, request);
    lab.replies().remove(0)
}

/// Whether the node votes for this candidate in this term, whose log ends like this.
fn votes(lab: &mut Lab, candidate: &str, term: u64, last: &str) -> bool {
    let request = format!(r#"{{"type":"request_vote","msg_id":1,"term":{term},"last":{last}}}"#);
    answer(lab, candidate, &request)["granted"] == true
}

/// Whether the node takes, as a follower of `n2` in term 3, an entry after this one.
fn appends(lab: &mut Lab, previous: &str) -> bool {
    let request = format!(
        r#"{{"type":"append_entries","msg_id":2,"term":3,"previous":{previous},
            "entries":[{{"term":3,"request":null}}],"committed":0}}"#
    );
    answer(lab, "n2", &request)["success"] == true
}

/// Whether the node keeps to its vote, and to its term, when it is killed and started again.
fn keeps_to_its_vote<N: Handlers>() -> bool {
    let (disk, last) = (Disk::default(), r#"{"term":0,"index":0}"#);
    assert!(votes(&mut start::<N>(&disk), "n2", 5, last));
    let again = votes(&mut start::<N>(&disk), "n2", 5, last);
    let other = votes(&mut start::<N>(&disk), "n3", 5, last);
    let older = votes(&mut start::<N>(&disk), "n4", 4, last);
    again && !other && !older
}

/// Whether the node, whose log ends in term 3, votes only for those that have as much, and takes
/// entries only after those that it has.
fn compares_logs<N: Handlers>() -> bool {
    let mut lab = start::<N>(&Disk::default());
    assert!(appends(&mut lab, r#"{"term":0,"index":0}"#));
    let gap = appends(&mut lab, r#"{"term":3,"index":2}"#);
    let conflict = appends(&mut lab, r#"{"term":2,"index":1}"#);
    let older = votes(&mut lab, "n3", 4, r#"{"term":2,"index":9}"#);
    let shorter = votes(&mut lab, "n3", 5, r#"{"term":3,"index":0}"#);
    let same = votes(&mut lab, "n3", 6, r#"{"term":3,"index":1}"#);
    !gap && !conflict && !older && !shorter && same
}

#[test]
fn it_keeps_to_its_vote_when_it_is_killed() {
    assert!(keeps_to_its_vote::<LinKv>());
    assert!(!keeps_to_its_vote::<
        planted::forgets_its_vote_when_killed::LinKv,
    >());
    assert!(!keeps_to_its_vote::<
        planted::forgets_its_term_when_killed::LinKv,
    >());
}

#[test]
fn it_compares_logs() {
    assert!(compares_logs::<LinKv>());
    assert!(!compares_logs::<planted::votes_for_an_older_log::LinKv>());
    assert!(!compares_logs::<planted::votes_for_a_shorter_log::LinKv>());
    assert!(!compares_logs::<planted::overlooks_a_conflict::LinKv>());
}

/// The first of a thousand seeds that finds a node wrong, each seed in one of four kinds of run.
fn first_found<N: Handlers>() -> Option<u64> {
    let hectic = short::<N>().nemesis([Partition, Kill]).latency(ms(20));
    let simulations = [
        short::<N>(),
        rough::<N>(ms(0)),
        rough::<N>(ms(10)),
        hectic.nemesis_interval(ms(200)),
    ];
    (0..1000).find(|seed| {
        let simulation = &simulations[*seed as usize % simulations.len()];
        !is_linearizable(&simulation.run_seed(*seed))
    })
}

/// The bugs that are planted in `lin-kv`: for each, whether it is found.
macro_rules! bugs {
    ($($bug:ident)*) => {
        [$((stringify!($bug), first_found::<planted::$bug::LinKv> as fn() -> Option<u64>)),*]
    };
}

#[test]
#[ignore = "it takes minutes, and is for an optimized build"]
fn bugs_are_found() {
    let bugs = bugs! {
        votes_twice
        votes_for_a_shorter_log
        leads_with_half_of_the_votes
        acknowledges_before_storing
        does_not_truncate
        truncates_for_an_old_message
        commits_what_half_of_the_nodes_have
        reads_its_own_state
        reads_before_its_first_commit
        applies_a_request_twice
        numbers_its_requests_anew_when_started
        denies_what_may_be_done
        does_not_apply_before_it_answers
    };
    let found = bugs.map(|(name, first_found)| (name, first_found()));
    for (name, seed) in found {
        println!("{name}: {seed:?}");
    }
    assert!(found.iter().all(|(_, seed)| seed.is_some()));
}
