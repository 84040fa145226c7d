//! Tests that the schedule of a run can be read from its history.

use mael::node::Handlers;
use mael_challenges::broadcast::Broadcast;
use mael_history::History;
use mael_sim::engine::{Invocation, NemesisAction, ScheduledAction};
use mael_sim::recorded::schedule;
use mael_sim::simulation::{Simulation, secs};
use mael_sim::workloads::{self, Workload};
use mael_sim::{Fault, KillAt, simulate};
use mael_tests::reference::kafka::Kafka;

fn simulation<N: Handlers>(
    workload: impl Workload + Clone + Send + Sync + 'static,
) -> Simulation<N> {
    simulate::<N>(workload)
        .nodes(3)
        .rate(30.0)
        .time_limit(secs(4))
        .nemesis([Fault::Partition, Fault::Kill, Fault::Pause])
        .nemesis_interval(mael_sim::simulation::ms(300))
}

/// Asserts that the schedules of some runs are those in their histories. Returns the number of
/// actions.
fn assert_same<N: Handlers>(simulation: &Simulation<N>) -> usize {
    let runs = (0..10).map(|seed| {
        let run = simulation.run_seed(seed);
        let text = run.record.history.0.iter().map(|it| format!("{it}\n"));
        let history = History::from_edn(&text.collect::<String>()).unwrap();
        let read = schedule(&simulation.options_of(seed), &history);
        let recorded = &run.record.schedule;
        assert!(read.operations.len() > 5);
        assert_eq!(read.operations, recorded.operations, "seed {seed}");
        assert_eq!(read.actions, recorded.actions, "seed {seed}");
        assert_eq!(read.length, recorded.length);
        read.actions.len()
    });
    runs.sum()
}

#[test]
fn operations_and_faults_are_those_of_the_run() {
    let actions = assert_same(&simulation::<Broadcast>(workloads::Broadcast));
    assert!(actions > 100, "{actions}");
    assert_same(&simulation::<Kafka>(workloads::Kafka));
}

#[test]
fn kills_at_steps_become_kills_at_the_same_times() {
    let simulation = simulation::<Broadcast>(workloads::Broadcast)
        .nemesis([Fault::Kill])
        .options(|options| options.kill_at = KillAt::Step);
    let mut kills = 0;
    for seed in 0..10 {
        let run = simulation.run_seed(seed);
        let read = schedule(&simulation.options_of(seed), &run.record.history);
        let recorded: Vec<&Invocation> = run
            .record
            .schedule
            .operations
            .iter()
            .map(|it| &it.invocation)
            .collect();
        assert_eq!(
            read.operations
                .iter()
                .map(|it| &it.invocation)
                .collect::<Vec<_>>(),
            recorded
        );
        let mut down = std::collections::BTreeSet::new();
        for ScheduledAction { action, .. } in read.actions {
            match action {
                NemesisAction::Kill { nodes, .. } => {
                    kills += nodes.len();
                    down.extend(nodes);
                }
                NemesisAction::Restart { node, .. } => assert!(down.remove(&node), "{node} is up"),
                other => panic!("{other:?}"),
            }
        }
    }
    assert!(kills > 20, "{kills}");
}
