//! `broadcast-batch` keeps the marks of challenges 3d and 3e whenever its nodes start: with phases
//! drawn over a whole interval, and for what is broadcast after a node was killed.

use std::collections::BTreeSet;
use std::ops::Range;
use std::time::Duration;

use mael_challenges::BroadcastBatch;
use mael_checkers::set_full;
use mael_history::{History, Kind, Operation, Process, Validity};
use mael_sim::Fault::Kill;
use mael_sim::engine::{Act, TimedAct};
use mael_sim::glomers::{LINES, Line};
use mael_sim::simulation::{Plan, Simulated, Simulation, ms, secs};
use mael_sim::{simulate, workloads};
use mael_tests::fail_again;
use mael_tests::marks::{marks, messages_per_operation, stable_latencies, workload_results};

/// The official tests of the node, with the interval of its hub.
fn lines() -> [(&'static Line, Duration); 2] {
    let line = |challenge: &str| {
        let mut lines = LINES.iter();
        let line = lines.find(|it| it.challenge == challenge && it.bin == "broadcast-batch");
        line.expect("there is such a test")
    };
    [(line("3d"), ms(280)), (line("3e"), ms(1200))]
}

fn simulation(line: &Line, interval: Duration, limit: Duration) -> Simulation<BroadcastBatch> {
    simulate::<BroadcastBatch>(workloads::Broadcast)
        .flags(line.flags)
        .args(line.args.iter().copied())
        .time_limit(limit)
        .start_spread(interval)
}

/// Runs the tests with phases that are drawn over a whole interval.
fn keeps_marks_whatever_the_phases(seeds: &Range<u64>, limit: Duration) {
    for (line, interval) in lines() {
        let marks = marks(line).expect("the test has marks");
        let mut figures = Vec::new();
        let simulation = simulation(line, interval, limit).seeds(seeds.clone());
        for run in simulation.run() {
            if !run.passed() {
                fail_again(simulation, run.seed);
            }
            marks.assert_kept(&run, line.challenge);
            let (median, longest) = stable_latencies(workload_results(&run));
            figures.push((messages_per_operation(&run), median, longest));
        }
        let most =
            |figure: fn(&(f64, f64, f64)) -> f64| figures.iter().map(figure).fold(0.0, f64::max);
        println!(
            "{}: at most {:.2} messages, {} and {} ms",
            line.challenge,
            most(|it| it.0),
            most(|it| it.1),
            most(|it| it.2),
        );
    }
}

/// The run of a seed in which a node is killed after 3 s, and started again a second later.
fn run_with_kill(simulation: &Simulation<BroadcastBatch>, seed: u64, node: &str) -> Simulated {
    let mut options = simulation.options_of(seed);
    let mut script = simulation.run_seed(seed).record.script;
    options.nemesis.insert(Kill);
    let kill = Act::Kill {
        targets: "one".into(),
        nodes: vec![node.to_owned()],
    };
    script.acts = [(secs(3), kill), (secs(4), Act::Start)]
        .map(|(time, act)| TimedAct { time, act })
        .into();
    simulation.run_plan(&Plan { options, script })
}

/// What was recorded of the operations that began after the killed node was up again.
fn after_start(history: &History) -> History {
    let operations = &history.0;
    let is_start = |it: &&Operation| it.process == Process::Nemesis && it.f == "start";
    // An act of the nemesis is recorded when it begins and when it ends.
    let up = operations.iter().filter(is_start).nth(1);
    let up = up.expect("the node was started").index;
    let mut begun = BTreeSet::new();
    let after = operations[up + 1..].iter().filter(|operation| {
        if operation.kind == Kind::Invoke {
            begun.insert(&operation.process);
        }
        begun.contains(&operation.process)
    });
    History(after.cloned().collect())
}

/// Kills the hub, or another node.
fn keeps_marks_after_a_kill(seeds: &Range<u64>, limit: Duration) {
    for (line, interval) in lines() {
        let marks = marks(line).expect("the test has marks");
        let simulation = simulation(line, interval, limit);
        for (seed, node) in seeds.clone().flat_map(|seed| [(seed, "n0"), (seed, "n7")]) {
            let run = run_with_kill(&simulation, seed, node);
            assert_eq!(run.record.broken, None);
            let verdict = set_full::check(&after_start(&run.record.history), "broadcast");
            let what = format!("{}, seed {seed}, {node} killed", line.challenge);
            // Stricter checks miss the broadcasts that were left out.
            assert_eq!(
                verdict.valid,
                Validity::True,
                "{what}: {:?}",
                verdict.explanation
            );
            marks.assert_latencies(&verdict.results, &what);
        }
    }
}

#[test]
fn marks_are_kept_whatever_the_phases() {
    keeps_marks_whatever_the_phases(&(0..2), secs(10));
}

#[test]
fn marks_are_kept_for_what_is_broadcast_after_a_kill() {
    keeps_marks_after_a_kill(&(0..1), secs(10));
}

#[test]
#[ignore = "it takes minutes, and is for an optimized build"]
fn marks_are_kept_whatever_the_phases_with_two_hundred_seeds() {
    keeps_marks_whatever_the_phases(&(0..200), secs(20));
}

#[test]
#[ignore = "it takes minutes, and is for an optimized build"]
fn marks_are_kept_after_a_kill_with_two_hundred_seeds() {
    keeps_marks_after_a_kill(&(0..200), secs(20));
}
