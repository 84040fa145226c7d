//! Failing runs are written down, repeated, and reduced to a few operations and messages.

use std::time::Instant;

use mael::clap::ValueEnum;
use mael_tests::mutants::{KILLS, mutants, simulation};
use mael_tests::reference::{broadcast, counter, kafka, txn};
use mael_workbench::engine::Script;
use mael_workbench::simulation::{Plan, Shrunk, Simulated, Simulation, ms, secs};
use mael_workbench::{Adversary, Fault, simulate, workloads};
use mael::node::Handlers;

/// Asserts that what a run writes down makes the same run again, byte for byte.
fn repeats<N: Handlers>(simulation: Simulation<N>) {
    let simulation = simulation
        .loss(0.05)
        .duplicate(0.05)
        .reorder(0.1)
        .latency(ms(5))
        .adversary(Adversary::ALL)
        .nemesis([
            Fault::Partition,
            Fault::Flap,
            Fault::Kill,
            Fault::Pause,
            Fault::Crash,
        ])
        .journal();
    for seed in 0..5 {
        let run = simulation.run_seed(seed);
        assert!(run.record.script.acts.len() > 5);
        assert!(!run.record.script.links.is_empty());
        let script = run.record.script.to_json();
        let again = simulation.run_plan(&Plan {
            test: simulation.test_of(seed),
            script: Script::from_json(&script).unwrap(),
        });
        assert_eq!(run.record.history, again.record.history, "seed {seed}");
        assert!(run.journal == again.journal, "seed {seed}");
        assert_eq!(again.record.script.to_json(), script, "seed {seed}");
    }
}

#[test]
fn a_run_is_repeated_from_its_script() {
    repeats(simulation::<broadcast::Broadcast>(workloads::Broadcast, KILLS));
    repeats(simulation::<kafka::Kafka>(workloads::Kafka, KILLS));
    repeats(simulation::<txn::Txn>(workloads::TxnListAppend, KILLS));
}
