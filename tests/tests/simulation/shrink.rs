//! Tests that failing runs are recorded, repeated, and shrunk to a few operations and messages.

use mael::node::Handlers;
use mael::prelude::*;
use mael_sim::engine::{DeliveryFault, Schedule};
use mael_sim::simulation::{ReplayPlan, Shrunk, Simulated, Simulation, ms};
use mael_sim::{Adversary, Fault, KillAt, workloads};
use mael_tests::planted::nodes::{KILLS, node_bugs, simulation};
use mael_tests::reference::{broadcast, kafka, txn};

/// Asserts that the recorded schedule of a run replays the same run, byte for byte.
fn repeats<N: Handlers>(simulation: Simulation<N>) {
    let simulation = simulation
        .loss(0.05)
        .duplicate(0.05)
        .reorder(0.1)
        .latency(ms(5))
        .options(|options| options.adversary = Adversary::ALL.into())
        .nemesis(Fault::ALL)
        .journal();
    for seed in 0..2 {
        let run = simulation.run_seed(seed);
        assert!(run.record.schedule.actions.len() > 5);
        assert!(!run.record.schedule.links.is_empty());
        let schedule = run.record.schedule.to_json();
        let again = simulation.run_plan(&ReplayPlan {
            options: simulation.options_of(seed),
            schedule: Schedule::from_json(&schedule).unwrap(),
        });
        assert_eq!(run.record.history, again.record.history, "seed {seed}");
        assert!(run.journal == again.journal, "seed {seed}");
        assert_eq!(again.record.schedule.to_json(), schedule, "seed {seed}");
    }
}

#[test]
fn a_run_is_repeated_from_its_schedule() {
    let broadcast = || simulation::<broadcast::Broadcast>(workloads::Broadcast, KILLS);
    repeats(broadcast());
    repeats(broadcast().options(|options| {
        options.partition_interval = Some(ms(50));
        options.kill_at = KillAt::Step;
    }));
    repeats(simulation::<kafka::Kafka>(workloads::Kafka, KILLS));
    repeats(simulation::<txn::Txn>(workloads::TxnListAppend, KILLS));
}

/// Finds the bug of a node, and shrinks its run.
fn minimal_run(workload: &str, bug: &str) -> Shrunk {
    let bugs = node_bugs();
    let mut bugs = bugs.iter();
    let bug = bugs.find(|it| it.workload == workload && it.bug == bug);
    let bug = bug.expect("the bug exists");
    let shrunk = bug.shrink(&bug.find(1_000));
    shrunk.expect("a run can be repeated from its schedule")
}

#[test]
fn runs_are_shrunk_to_few_operations_and_messages() {
    for (workload, bug, operations, messages) in [
        ("broadcast", "drops-gossip", 4, 20),
        ("g-counter", "writes-without-cas", 4, 22),
        ("lin-kv", "acks-failed-cas", 1, 6),
        ("kafka", "polls-in-reverse", 6, 24),
        ("txn-list-append", "loses-writes", 1, 8),
        ("txn-rw-register", "reads-from-cache", 2, 12),
    ] {
        let shrunk = minimal_run(workload, bug);
        let (some, few) = sizes(&shrunk.run);
        assert!(
            some <= operations && few <= messages,
            "{workload}, {bug}:\n{shrunk}"
        );
    }
}

#[test]
fn shrinking_is_deterministic() {
    let trace = || minimal_run("g-counter", "adds-extra").to_string();
    assert_eq!(trace(), trace());
}

#[test]
fn only_faults_that_are_needed_remain() {
    let cut = minimal_run("broadcast", "sends-once");
    assert_eq!(cut.plan.schedule.actions.len(), 1, "{cut}");
    assert!(cut.to_string().contains("** partition:"), "{cut}");
    let lazy = minimal_run("broadcast", "drops-broadcasts");
    assert_eq!(lazy.plan.schedule.actions, [], "{lazy}");
    assert_eq!(lazy.plan.options.nemesis, [].into());
}

/// A counter whose nodes add every number that they receive, including duplicates.
#[node]
struct Gossip {
    peers: Peers<Gossip>,
    count: Cell<i64>,
}

#[handlers]
impl Gossip {
    #[handler]
    fn add(&self, delta: i64) {
        for peer in &self.peers {
            peer.forward(delta).send();
        }
        self.count.set(self.count.get() + delta);
    }

    #[handler(reply = "value")]
    fn read(&self) -> i64 {
        self.count.get()
    }

    #[handler]
    fn forward(&self, delta: i64) {
        self.count.set(self.count.get() + delta);
    }
}

/// Shrinks the first run that shows an anomaly, and asserts that the minimal run has one fault of
/// one of the first messages of a link.
fn assert_shrinks_to_a_link_fault<N: Handlers>(
    simulation: &Simulation<N>,
    anomaly: &str,
    expected: DeliveryFault,
) {
    let mut runs = (0..20).map(|seed| simulation.run_seed(seed));
    let run = runs.find(|run| run.anomalies().contains(anomaly));
    let run = run.expect("a link fault makes the node fail");
    let shrunk = simulation.shrink(&run, [anomaly.to_owned()].into());
    let shrunk = shrunk.expect("a run can be repeated from its schedule");
    let (operations, messages) = sizes(&shrunk.run);
    assert!(operations <= 5 && messages <= 24, "{shrunk}");
    let [fault] = &shrunk.plan.schedule.links[..] else {
        panic!("expected one link fault:\n{shrunk}");
    };
    assert_eq!(fault.fault, expected);
    assert!(fault.number < 2, "{fault:?}");
}

#[test]
fn messages_before_a_lost_message_are_removed() {
    let broadcasts = simulation::<broadcast::Broadcast>(workloads::Broadcast, &[]);
    let broadcasts = broadcasts.args(["--bug", "sends-once"]).loss(0.01);
    assert_shrinks_to_a_link_fault(&broadcasts, "lost", DeliveryFault::Drop);
}

#[test]
fn messages_before_a_duplicated_message_are_removed() {
    let counters = simulation::<Gossip>(workloads::GCounter, &[]);
    assert_shrinks_to_a_link_fault(
        &counters.duplicate(0.002),
        "wrong-final-read",
        DeliveryFault::Duplicate,
    );
}

/// Returns the number of operations and messages of a run.
fn sizes(run: &Simulated) -> (usize, u64) {
    let operations = run.record.history.invocations().count();
    (operations, run.record.net.all().send)
}

/// The maximum number of messages of a minimal run.
const FEW: u64 = 30;

/// The bugs that need more messages, with their maximum.
const LONG: [(&str, &str, u64); 7] = [
    // Two of a few hundred draws must be equal.
    ("unique-ids", "draws-from-small-range", 60),
    // Nothing is lost before there are more than 30 elements.
    ("g-set", "expires", 80),
    // Two sends of two clients must race, and both clients poll in the final phase.
    ("kafka", "writes-without-cas", 45),
    ("kafka", "inserts-before-last", 45),
    // Two messages must be sent between two polls of one client.
    ("kafka", "skips-messages", 70),
    // One client must poll twice, and another one polls in the final phase.
    ("kafka", "polls-too-early", 60),
    // Since a message remains unseen, the final polls continue up to their limit.
    ("kafka", "hides-last", 260),
];

/// Prints the table in `docs/benchmarks.md`.
#[test]
#[ignore = "finds and shrinks the bugs of all nodes: cargo test --release --test simulation \
            shrink:: -- --ignored --nocapture"]
fn every_bug_of_a_node_is_found_and_shrunk() {
    println!("| workload | bug | anomaly | seeds | operations | messages | faults | runs |");
    println!("|---|---|---|---:|---:|---:|---:|---:|");
    let mut longer = Vec::new();
    for bug in node_bugs() {
        let run = bug.find(1_000);
        let shrunk = bug.shrink(&run);
        let shrunk = shrunk.expect("a run can be repeated from its schedule");
        let (operations, messages) = sizes(&run);
        let (fewer, few) = sizes(&shrunk.run);
        let name = (bug.workload, &*bug.bug);
        let long = LONG
            .iter()
            .find(|(workload, bug, _)| (*workload, *bug) == name);
        let most = long.map_or(FEW, |(_, _, most)| *most);
        if few > most {
            longer.push(format!("{name:?}:\n{shrunk}"));
        }
        println!(
            "| {} | {} | {} | {} | {operations} → {fewer} | {messages} → {few} | {} → {} | {} |",
            bug.workload,
            bug.bug,
            bug.anomaly,
            run.seed + 1,
            run.record.schedule.actions.len(),
            shrunk.plan.schedule.actions.len(),
            shrunk.tried,
        );
    }
    assert!(longer.is_empty(), "{}", longer.join("\n"));
}
