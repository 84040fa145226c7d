//! Tests that `broadcast-batch` meets the targets of challenges 3d and 3e regardless of when its
//! nodes start: with start times drawn from a whole interval, and for messages that are broadcast
//! after a node was killed and restarted.

use std::collections::BTreeSet;
use std::ops::Range;
use std::time::Duration;

use mael_challenges::BroadcastBatch;
use mael_checkers::set_full;
use mael_history::{History, Kind, Operation, Process, Validity};
use mael_sim::Fault::Kill;
use mael_sim::engine::{NemesisAction, ScheduledAction};
use mael_sim::glomers::{LINES, Line};
use mael_sim::simulation::{ReplayPlan, Simulated, Simulation, ms, secs};
use mael_sim::{simulate, workloads};
use mael_tests::marks::{marks, messages_per_operation, stable_latencies, workload_results};
use mael_tests::panic_with_report;

/// Returns the official tests of the node, with the batch interval of its hub.
fn lines() -> [(&'static Line, Duration); 2] {
    let line = |challenge: &str| {
        let mut lines = LINES.iter();
        let line = lines.find(|it| it.challenge == challenge && it.bin == "broadcast-batch");
        line.expect("the test exists")
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

/// Runs the tests with start times drawn from a whole interval.
fn assert_targets_with_any_start_times(seeds: &Range<u64>, limit: Duration) {
    for (line, interval) in lines() {
        let marks = marks(line).expect("the test has targets");
        let mut figures = Vec::new();
        let simulation = simulation(line, interval, limit).seeds(seeds.clone());
        for run in simulation.run() {
            if !run.passed() {
                panic_with_report(simulation, run.seed);
            }
            marks.assert_met(&run, line.challenge);
            let (median, longest) = stable_latencies(workload_results(&run));
            figures.push((messages_per_operation(&run), median, longest));
        }
        let max =
            |figure: fn(&(f64, f64, f64)) -> f64| figures.iter().map(figure).fold(0.0, f64::max);
        println!(
            "{}: max {:.2} messages, {} and {} ms",
            line.challenge,
            max(|it| it.0),
            max(|it| it.1),
            max(|it| it.2),
        );
    }
}

/// Runs a seed with a schedule that kills a node after 3 s and restarts it a second later.
fn run_with_kill(simulation: &Simulation<BroadcastBatch>, seed: u64, node: &str) -> Simulated {
    let mut options = simulation.options_of(seed);
    let mut schedule = simulation.run_seed(seed).record.schedule;
    options.nemesis.insert(Kill);
    let kill = NemesisAction::Kill {
        targets: "one".into(),
        nodes: vec![node.to_owned()],
    };
    schedule.actions = [(secs(3), kill), (secs(4), NemesisAction::Start)]
        .map(|(time, action)| ScheduledAction { time, action })
        .into();
    simulation.run_plan(&ReplayPlan { options, schedule })
}

/// Returns the history of the operations that were invoked after the node was restarted.
fn after_start(history: &History) -> History {
    let operations = &history.0;
    let is_start = |it: &&Operation| it.process == Process::Nemesis && it.f == "start";
    // A nemesis operation is recorded when it starts and when it completes.
    let up = operations.iter().filter(is_start).nth(1);
    let up = up.expect("the node was started").index;
    let mut invoked = BTreeSet::new();
    let after = operations[up + 1..].iter().filter(|operation| {
        if operation.kind == Kind::Invoke {
            invoked.insert(&operation.process);
        }
        invoked.contains(&operation.process)
    });
    History(after.cloned().collect())
}

/// Runs the tests with a kill of the hub, and of another node.
fn assert_targets_after_a_kill(seeds: &Range<u64>, limit: Duration) {
    for (line, interval) in lines() {
        let marks = marks(line).expect("the test has targets");
        let simulation = simulation(line, interval, limit);
        for (seed, node) in seeds.clone().flat_map(|seed| [(seed, "n0"), (seed, "n7")]) {
            let run = run_with_kill(&simulation, seed, node);
            assert_eq!(run.record.error, None);
            let verdict = set_full::check(&after_start(&run.record.history), "broadcast");
            let what = format!("{}, seed {seed}, {node} killed", line.challenge);
            // Stricter checks would report the broadcasts that were filtered out.
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
fn targets_are_met_with_any_start_times() {
    assert_targets_with_any_start_times(&(0..2), secs(10));
}

#[test]
fn targets_are_met_for_broadcasts_after_a_kill() {
    assert_targets_after_a_kill(&(0..1), secs(10));
}

#[test]
#[ignore = "takes minutes in an optimized build"]
fn targets_are_met_with_any_start_times_for_200_seeds() {
    assert_targets_with_any_start_times(&(0..200), secs(20));
}

#[test]
#[ignore = "takes minutes in an optimized build"]
fn targets_are_met_for_broadcasts_after_a_kill_for_200_seeds() {
    assert_targets_after_a_kill(&(0..200), secs(20));
}
