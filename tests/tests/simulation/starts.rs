//! Tests that nodes start at different times, which the seed determines.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use mael::prelude::*;
use mael::time;
use mael_history::Kind;
use mael_sim::Fault::Kill;
use mael_sim::simulation::{ReplayPlan, Simulated, Simulation, ms, secs};
use mael_sim::{simulate, workloads};
use mael_tests::mael;

/// A node that greets all others when it starts, and replies with an error until all have greeted
/// it.
#[node]
struct Greeter {
    peers: Peers<Greeter>,
    greetings: Cell<usize>,
}

#[handlers]
impl Greeter {
    #[init]
    fn greet(&self) {
        for peer in &self.peers {
            peer.greeting().send();
        }
    }

    #[handler(oneway)]
    fn greeting(&self) {
        self.greetings.set(self.greetings.get() + 1);
    }

    #[handler(type = "echo", reply = "echo")]
    fn echo(&self, echo: String) -> mael::Result<String> {
        if self.greetings.get() == self.peers.len() {
            Ok(echo)
        } else {
            Err(Error::crash("a greeting is missing"))
        }
    }
}

/// A node that sends wrong replies if it started more than 200 ms before another node.
#[node]
struct Impatient {
    peers: Peers<Impatient>,
    started: OnceCell<time::Instant>,
    is_late: Cell<bool>,
}

#[handlers]
impl Impatient {
    #[init]
    fn greet(&self) {
        self.started.get_or_init(time::now);
        for peer in &self.peers {
            peer.greeting().send();
        }
    }

    #[handler(oneway)]
    fn greeting(&self) {
        let waited = time::now().since(*self.started.get_or_init(time::now));
        self.is_late.set(self.is_late.get() || waited > ms(200));
    }

    #[handler(type = "echo", reply = "echo")]
    fn echo(&self, echo: String) -> String {
        if self.is_late.get() {
            String::new()
        } else {
            echo
        }
    }
}

fn greeters() -> Simulation<Greeter> {
    let simulation = simulate::<Greeter>(workloads::Echo).nodes(5);
    simulation.rate(20.0).time_limit(secs(1)).journal()
}

/// Returns the times at which each node was sent `init`, in order.
fn inits(run: &Simulated) -> BTreeMap<String, Vec<Duration>> {
    let mut inits = BTreeMap::<_, Vec<_>>::new();
    for line in run
        .journal
        .split(|byte| *byte == b'\n')
        .filter(|it| !it.is_empty())
    {
        let event: serde_json::Value = serde_json::from_slice(line).unwrap();
        let message = &event["message"];
        if event["type"] == "send" && message["body"]["type"] == "init" {
            let node = message["dest"].as_str().unwrap().to_owned();
            let time = Duration::from_nanos(event["time"].as_u64().unwrap());
            inits.entry(node).or_default().push(time);
        }
    }
    inits
}

/// Returns the time between the starts of the first and the last node.
fn spread(run: &Simulated) -> Duration {
    let firsts: Vec<Duration> = inits(run).values().map(|times| times[0]).collect();
    *firsts.iter().max().unwrap() - *firsts.iter().min().unwrap()
}

#[test]
fn each_seed_draws_a_spread_of_up_to_half_a_second() {
    let runs = greeters().seeds(0..40).run();
    let spreads: Vec<Duration> = runs.iter().map(spread).collect();
    assert!(
        spreads.iter().all(|spread| *spread < ms(500)),
        "{spreads:?}"
    );
    assert!(
        spreads.iter().any(|spread| *spread > ms(250)),
        "{spreads:?}"
    );
    assert!(
        spreads.iter().any(|spread| *spread < ms(100)),
        "{spreads:?}"
    );
}

#[test]
fn start_spread_limits_the_difference_of_start_times() {
    let simultaneous = greeters().start_spread(ms(0)).run_seed(1);
    assert_eq!(spread(&simultaneous), ms(0));
    let spreads = greeters().start_spread(ms(2000)).seeds(0..10).run();
    assert!(
        spreads
            .iter()
            .all(|run| (ms(400)..ms(2000)).contains(&spread(run)))
    );
}

#[test]
fn a_single_node_starts_immediately() {
    let run = greeters().nodes(1).start_spread(ms(2000)).run_seed(1);
    assert_eq!(inits(&run)["n0"], [ms(0)]);
}

#[test]
fn the_main_phase_begins_when_all_nodes_are_initialized() {
    for run in greeters().seeds(0..10).run() {
        let last = inits(&run).values().flatten().max().copied().unwrap();
        assert!(run.record.origin > last && run.record.origin < last + ms(5));
    }
}

#[test]
fn a_message_to_a_node_that_has_not_started_yet_arrives() {
    for run in greeters().seeds(0..40).run() {
        let ends = run.record.history.completions();
        // The last greetings may arrive just after the first operation.
        let mut later = ends.filter(|end| end.time > 1_000_000);
        assert!(later.all(|end| end.kind == Kind::Ok), "seed {}", run.seed);
    }
}

#[test]
fn nodes_killed_together_are_not_restarted_together() {
    let simulation = greeters().nemesis([Kill]).nemesis_interval(ms(200));
    let simulation = simulation.time_limit(secs(5)).start_spread(ms(100));
    let runs = simulation.seeds(0..10).run();
    let mut together = 0;
    for run in &runs {
        assert_eq!(run.record.error, None);
        let mut again: Vec<Duration> = inits(run)
            .into_values()
            .flat_map(|it| it[1..].to_vec())
            .collect();
        again.sort_unstable();
        together += again.windows(2).filter(|pair| pair[0] == pair[1]).count();
    }
    assert_eq!(together, 0);
}

#[test]
fn a_failure_that_needs_a_spread_is_shrunk_and_replayed_with_it() {
    let simulation = simulate::<Impatient>(workloads::Echo).nodes(3);
    let simulation = simulation.rate(20.0).time_limit(secs(1));
    let mut failing = (0..20)
        .map(|seed| simulation.run_seed(seed))
        .filter(|run| !run.passed());
    let run = failing.next().expect("some seed draws a large spread");
    let shrunk = simulation
        .shrink(&run, run.anomalies())
        .expect("the run fails again");
    assert!(shrunk.plan.options.start_spread > Some(200));
    let plan = ReplayPlan::from_json(&shrunk.plan.to_json()).unwrap();
    assert_eq!(plan.options.start_spread, shrunk.plan.options.start_spread);
    assert!(!simulation.run_plan(&plan).passed());
    simulation.start_spread(ms(200)).seeds(0..20).check();
}

#[test]
fn a_failure_that_needs_no_spread_is_shrunk_to_no_spread() {
    #[node]
    struct Mumbler;

    #[handlers]
    impl Mumbler {
        #[handler(type = "echo", reply = "echo")]
        fn echo(&self, echo: String) -> String {
            echo.to_lowercase()
        }
    }

    let simulation = simulate::<Mumbler>(workloads::Echo).nodes(3);
    let run = simulation.run_seed(1);
    let shrunk = simulation
        .shrink(&run, run.anomalies())
        .expect("the run fails again");
    assert_eq!(shrunk.plan.options.start_spread, Some(0));
}

/// Returns the spread that is stored with the newest run in a folder.
fn stored_spread(folder: &Path) -> serde_json::Value {
    let stored = std::fs::read(folder.join("store/latest/test.json")).unwrap();
    let stored: serde_json::Value = serde_json::from_slice(&stored).unwrap();
    stored["flags"]
        .as_array()
        .unwrap()
        .iter()
        .find(|flag| flag.as_str().unwrap().starts_with("--start-spread"))
        .cloned()
        .unwrap_or_default()
}

#[test]
fn processes_have_the_start_spread_of_maelstrom_unless_a_flag_sets_another() {
    let folder = tempfile::tempdir().unwrap();
    let echo = mael_tests::binary("echo");
    let bin = echo.to_str().unwrap();
    let test = [
        "test",
        "-w",
        "echo",
        "--bin",
        bin,
        "--time-limit",
        "1",
        "--node-count",
        "3",
    ];
    assert_eq!(mael(folder.path(), &test).code(), 0);
    assert_eq!(stored_spread(folder.path()), "--start-spread=24");
    let wide = [&test[..], &["--start-spread", "600"]].concat();
    assert_eq!(mael(folder.path(), &wide).code(), 0);
    assert_eq!(stored_spread(folder.path()), "--start-spread=600");
}
