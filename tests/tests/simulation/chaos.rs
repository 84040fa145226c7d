//! Tests faults that are only possible in simulation: each finds a bug that the other faults do not
//! show, and correct nodes tolerate all of them.

use std::ops::Range;
use std::process::Command;

use mael::Storage;
use mael::node::Handlers;
use mael::prelude::*;
use mael::time::{self, Duration, Instant};
use mael_history::{Process, Value};
use mael_sim::simulation::{Simulated, Simulation, ms, secs};
use mael_sim::workloads::Workload;
use mael_sim::{Adversary, Distribution, Fault, KillAt, simulate, workloads};
use mael_tests::reference::{broadcast, counter, echo, g_set, kafka, lin_kv, txn, unique_ids};
use mael_tests::{is_inconclusive, run};

fn simulation<N: Handlers>(
    workload: impl Workload + Clone + Send + Sync + 'static,
) -> Simulation<N> {
    simulate::<N>(workload)
        .nodes(3)
        .concurrency(12)
        .rate(50.0)
        .time_limit(secs(5))
        .nemesis_interval(secs(1))
        .seeds(0..20)
}

/// Kills nodes between any two steps.
fn at_steps<N: Handlers>(simulation: Simulation<N>) -> Simulation<N> {
    simulation.options(|options| options.kill_at = KillAt::Step)
}

/// The mean time for which links are cut or healed.
const SHORT: Duration = ms(50);

/// Cuts links often and for a short time.
fn short_partitions<N: Handlers>(simulation: Simulation<N>) -> Simulation<N> {
    simulation
        .nemesis([Fault::Partition])
        .options(|options| options.partition_interval = Some(SHORT))
}

/// Returns the number of failing seeds of a simulation.
fn failures<N: Handlers>(simulation: &Simulation<N>) -> usize {
    let runs = simulation.run();
    runs.iter().filter(|run| !run.passed()).count()
}

/// Returns the values of the completed nemesis actions with this name.
fn outcomes(run: &Simulated, action: &str) -> Vec<Value> {
    let operations = run.record.history.0.iter();
    let actions = operations.filter(|operation| operation.process == Process::Nemesis);
    let named = actions.filter(|operation| operation.f == action);
    named
        .skip(1)
        .step_by(2)
        .map(|operation| operation.value.clone())
        .collect()
}

const ALL_FAULTS: [Fault; 3] = [Fault::Partition, Fault::Kill, Fault::Pause];

/// Generates unique ids from a count that it only saves after using its new value.
#[node]
struct SavesLater {
    id: NodeId,
    count: Rc<Cell<u64>>,
    storage: Storage,
}

#[handlers]
impl SavesLater {
    #[init]
    fn restore(&self) -> mael::Result<()> {
        self.count.set(self.storage.read("count")?.unwrap_or(0));
        Ok(())
    }

    #[handler(reply = "id")]
    fn generate(&self) -> String {
        let count = self.count.get() + 1;
        self.count.set(count);
        let storage = self.storage.clone();
        // This runs before the node waits, but not before the reply is sent.
        mael::spawn(async move {
            storage
                .replace("count", &count)
                .expect("the count can be saved");
        });
        format!("{}-{count}", self.id)
    }
}

#[test]
fn only_a_kill_at_a_step_loses_a_record_written_after_the_reply() {
    let simulation = || simulation::<SavesLater>(workloads::UniqueIds).concurrency(24);
    simulation().nemesis(ALL_FAULTS).check();
    let found = failures(&at_steps(simulation().nemesis([Fault::Kill])));
    assert!(found > 5, "{found}");
}

/// The node that stores the data.
const PRIMARY: &str = "n0";

fn missing(key: u64) -> Error {
    Error::new(ErrorCode::KeyDoesNotExist, format!("there is no key {key}"))
}

fn mismatch() -> Error {
    Error::new(ErrorCode::PreconditionFailed, "the current value differs")
}

/// A store on one node, from which other nodes read with a lease. The primary does not write before
/// all leases have expired. It is correct as long as all clocks run at the same rate.
#[node(deadline_ms = 900)]
struct Leases {
    id: NodeId,
    peers: Peers<Leases>,
    data: RefCell<BTreeMap<u64, i64>>,
    /// Until when other nodes may read a key, by the clock of the primary.
    granted: RefCell<BTreeMap<u64, Instant>>,
    /// The values that this node may read, and until when, by its own clock.
    leased: RefCell<BTreeMap<u64, (i64, Instant)>>,
}

const LEASE: Duration = ms(100);

#[handlers]
impl Leases {
    #[handler(reply = "value")]
    async fn read(&self, key: u64) -> mael::Result<i64> {
        if self.id == PRIMARY {
            return self.get(key);
        }
        let now = time::now();
        let leased = self.leased.borrow().get(&key).copied();
        if let Some((value, until)) = leased
            && now < until
        {
            return Ok(value);
        }
        let value = self.peers.client(PRIMARY).lease(key).await?;
        self.leased.borrow_mut().insert(key, (value, now + LEASE));
        Ok(value)
    }

    #[handler(reply = "value")]
    fn lease(&self, key: u64) -> mael::Result<i64> {
        self.granted.borrow_mut().insert(key, time::now() + LEASE);
        self.get(key)
    }

    #[handler]
    async fn write(&self, key: u64, value: i64) -> mael::Result<()> {
        if self.id != PRIMARY {
            return self.peers.client(PRIMARY).write(key, value).await;
        }
        self.wait(key).await;
        self.data.borrow_mut().insert(key, value);
        Ok(())
    }

    #[handler]
    async fn cas(&self, key: u64, from: i64, to: i64) -> mael::Result<()> {
        if self.id != PRIMARY {
            return self.peers.client(PRIMARY).cas(key, from, to).await;
        }
        self.wait(key).await;
        if self.get(key)? != from {
            return Err(mismatch());
        }
        self.data.borrow_mut().insert(key, to);
        Ok(())
    }
}

impl Leases {
    fn get(&self, key: u64) -> mael::Result<i64> {
        let value = self.data.borrow().get(&key).copied();
        value.ok_or_else(|| missing(key))
    }

    /// Waits until only the primary may read the key.
    async fn wait(&self, key: u64) {
        loop {
            let until = self.granted.borrow().get(&key).copied().unwrap_or_default();
            if time::now() >= until {
                return;
            }
            time::sleep_until(until).await;
        }
    }
}

#[test]
fn only_clock_drift_shows_leases_that_rely_on_clocks() {
    // All clients use the same key, so that leased values are read.
    let simulation = || {
        simulation::<Leases>(workloads::LinKv)
            .concurrency(6)
            .rate(100.0)
    };
    let faults = [Fault::Partition, Fault::Pause];
    simulation().nemesis(faults).check();
    short_partitions(simulation()).check();
    let found = failures(&simulation().options(|it| it.clock_drift = 0.5));
    assert!(found > 5, "{found}");
}

#[test]
fn messages_of_nodes_with_drifting_clocks_are_recorded_in_true_time() {
    let simulation = simulation::<broadcast::Broadcast>(workloads::Broadcast);
    let run = simulation
        .options(|it| it.clock_drift = 0.9)
        .journal()
        .run_seed(0);
    let journal = String::from_utf8(run.journal).unwrap();
    let time = |line: &str| {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        event["time"].as_u64().unwrap()
    };
    let times: Vec<u64> = journal.lines().map(time).collect();
    assert!(times.len() > 100 && times.is_sorted());
}

/// A store on one node. Other nodes return a definite error if it does not reply in time, although
/// it may have executed the request.
#[node(deadline_ms = 900)]
struct Impatient {
    id: NodeId,
    peers: Peers<Impatient>,
    data: RefCell<BTreeMap<u64, i64>>,
}

/// Longer than a round trip with any latency in this test.
const TIMEOUT: Duration = ms(300);

#[handlers]
impl Impatient {
    #[handler(reply = "value")]
    async fn read(&self, key: u64) -> mael::Result<i64> {
        if self.id != PRIMARY {
            return in_time(self.peers.client(PRIMARY).read(key)).await;
        }
        let value = self.data.borrow().get(&key).copied();
        value.ok_or_else(|| missing(key))
    }

    #[handler]
    async fn write(&self, key: u64, value: i64) -> mael::Result<()> {
        if self.id != PRIMARY {
            return in_time(self.peers.client(PRIMARY).write(key, value)).await;
        }
        self.data.borrow_mut().insert(key, value);
        Ok(())
    }

    #[handler]
    async fn cas(&self, key: u64, from: i64, to: i64) -> mael::Result<()> {
        if self.id != PRIMARY {
            return in_time(self.peers.client(PRIMARY).cas(key, from, to)).await;
        }
        match self.data.borrow_mut().get_mut(&key) {
            None => Err(missing(key)),
            Some(value) if *value != from => Err(mismatch()),
            Some(value) => {
                *value = to;
                Ok(())
            }
        }
    }
}

/// Returns the result of a call, or a definite error if it takes too long.
async fn in_time<T>(call: impl IntoFuture<Output = mael::Result<T>>) -> mael::Result<T> {
    let late = Error::new(ErrorCode::TemporarilyUnavailable, "too late");
    let result = time::timeout(TIMEOUT, call.into_future()).await;
    result.unwrap_or(Err(late))
}

#[test]
fn only_an_adversary_shows_a_definite_error_after_a_timeout() {
    let simulation = || {
        let simulation = simulation::<Impatient>(workloads::LinKv).latency(ms(20));
        simulation.options(|it| it.latency_dist = Distribution::Uniform)
    };
    simulation().reorder(0.5).check();
    for way in [Adversary::SlowLink, Adversary::HoldBack] {
        assert!(
            failures(&simulation().options(|it| it.adversary = [way].into())) > 5,
            "{way}"
        );
    }
    // Messages before a burst are not held back long enough.
    assert_eq!(
        failures(&simulation().options(|it| it.adversary = [Adversary::Burst].into())),
        0
    );
}

#[test]
fn short_partitions_are_frequent_and_healed_at_the_end() {
    let run =
        short_partitions(simulation::<broadcast::Broadcast>(workloads::Broadcast)).run_seed(0);
    assert!(run.passed(), "{:?}", run.anomalies());
    let (cut, healed) = (
        outcomes(&run, "start-partition"),
        outcomes(&run, "stop-partition"),
    );
    // On average, links are cut or healed every 50 ms.
    assert!((40..60).contains(&cut.len()), "{}", cut.len());
    assert!(healed.len() >= cut.len());
    assert!(
        healed
            .iter()
            .all(|value| *value == Value::keyword("network-healed"))
    );
}

#[test]
fn a_partition_is_recorded_as_the_isolated_nodes_of_each_node() {
    let runs = simulation::<echo::Echo>(workloads::Echo)
        .nemesis([Fault::Partition])
        .run();
    let partitions: Vec<Value> = runs
        .iter()
        .flat_map(|run| outcomes(run, "start-partition"))
        .collect();
    let nodes = ["n0", "n1", "n2"].map(Value::from);
    for partition in &partitions {
        let parts: Vec<&Value> = partition.items().collect();
        let [name, Value::Map(unheard)] = parts[..] else {
            panic!("expected a name and a map, not {partition}");
        };
        assert_eq!(*name, Value::keyword("isolated"));
        assert!(
            unheard.keys().eq(&nodes),
            "{partition} must contain all nodes"
        );
        for (node, others) in unheard {
            let Value::Set(others) = others else {
                panic!("expected a set, not {others}");
            };
            assert!(others.iter().all(|it| it != node && nodes.contains(it)));
        }
    }
    let text = r#"[:isolated {"n0" #{"n1" "n2"}, "n1" #{"n0"}, "n2" #{"n0"}}]"#;
    let found = partitions.iter().find(|it| it.to_string() == text);
    assert_eq!(
        serde_json::to_string(found.expect("some partition isolates n0")).unwrap(),
        r#"["isolated",{"n0":["n1","n2"],"n1":["n0"],"n2":["n0"]}]"#
    );
}

#[test]
fn a_node_killed_at_a_step_is_restarted_and_may_be_killed_while_it_starts() {
    let mut seen = BTreeMap::new();
    let echo = simulation::<echo::Echo>(workloads::Echo).nemesis([Fault::Kill]);
    for run in at_steps(echo).run() {
        assert!(run.passed(), "{:?}", run.anomalies());
        for action in ["kill", "start"] {
            for value in outcomes(&run, action) {
                let Value::Map(nodes) = value else {
                    panic!("expected a map, not {value}")
                };
                let outcome = nodes.into_values().next().unwrap();
                *seen.entry((action, outcome.to_string())).or_default() += 1;
            }
        }
    }
    let count = |action, outcome: &str| {
        seen.get(&(action, outcome.to_owned()))
            .copied()
            .unwrap_or(0)
    };
    let (killed, again) = (count("kill", ":killed"), count("start", ":killed"));
    assert!(killed > 30 && again > 10, "{seen:?}");
    // A node that is killed while it starts is started once more. At most one node is down at the
    // end of a run.
    let started = count("start", ":started");
    assert!(started <= killed && killed <= started + 20, "{seen:?}");
}

/// Runs `sim` with these arguments.
fn sim(words: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let sim = env!("CARGO_BIN_EXE_sim");
    let finished = run(Command::new(sim)
        .current_dir(folder.path())
        .args(words.split_whitespace()));
    finished.text().to_owned()
}

/// Returns the text after these words, up to the end of the line.
fn after<'a>(text: &'a str, words: &str) -> &'a str {
    let line = text.lines().find_map(|line| line.split_once(words));
    line.unwrap_or_else(|| panic!("no {words:?} in {text}")).1
}

#[test]
fn a_failing_seed_is_reported_with_its_faults_which_replay_it() {
    let node = "reference-lin-kv --concurrency 2n --rate 50 --time-limit 5 --nemesis-interval 1";
    let bug = "-- --bug reads-from-cache";
    let report = sim(&format!(
        "{node} --swarm --nemesis partition,kill --partition-interval 0.05 --kill-at step \
         --seeds 5 {bug}"
    ));
    let picked = after(&report, "the seed chose these faults: ");
    let replay = after(&report, "replay it with cargo sim ");
    let (replay, _) = replay
        .split_once(" -- ")
        .expect("the bug is an argument of the node");
    assert!(replay.contains("--swarm"), "{replay}");
    let seed = replay
        .split_whitespace()
        .find(|word| word.starts_with("--seed="));
    let seed = seed.expect("the command replays a seed");
    let again = sim(&format!("{replay} --digest {bug}"));
    let without = sim(&format!("{node} {picked} {seed} --digest {bug}"));
    assert_eq!(after(&again, " digest "), after(&without, " digest "));
}

/// The faults that a node tolerates in addition to those that every node does.
struct Tolerates {
    faults: &'static [Fault],
    duplicate: f64,
}

/// A node that stores its state in memory.
const IN_MEMORY: Tolerates = Tolerates {
    faults: &[Fault::Partition, Fault::Pause],
    duplicate: 0.1,
};

/// A node without state.
const STATELESS: Tolerates = Tolerates {
    faults: &Fault::ALL,
    duplicate: 0.1,
};

/// A node that stores its state in a service, whose requests must not be duplicated.
const IN_SERVICE: Tolerates = Tolerates {
    duplicate: 0.0,
    ..STATELESS
};

/// Returns the failures of a correct node, where each seed chooses from the faults that the node
/// tolerates.
fn failures_of<N: Handlers>(
    workload: impl Workload + Clone + Send + Sync + 'static,
    tolerates: &Tolerates,
    seeds: &Range<u64>,
) -> Vec<String> {
    let name = workload.name();
    let simulation = simulation::<N>(workload)
        .nemesis(tolerates.faults.iter().copied())
        .duplicate(tolerates.duplicate)
        .options(|options| {
            options.partition_interval = Some(SHORT);
            options.kill_at = KillAt::Step;
        })
        .swarm()
        .seeds(seeds.clone());
    let wrong = |run: &Simulated| {
        let report = || format!("{name}, seed {}: {:?}", run.seed, run.anomalies());
        (!run.passed() && !is_inconclusive(run)).then(report)
    };
    simulation.run().iter().filter_map(wrong).collect()
}

/// Asserts that all correct nodes pass.
fn assert_correct_nodes_pass(seeds: &Range<u64>) {
    let failures = [
        failures_of::<echo::Echo>(workloads::Echo, &STATELESS, seeds),
        failures_of::<unique_ids::UniqueIds>(workloads::UniqueIds, &STATELESS, seeds),
        failures_of::<broadcast::Broadcast>(workloads::Broadcast, &IN_MEMORY, seeds),
        failures_of::<g_set::GSet>(workloads::GSet, &IN_MEMORY, seeds),
        failures_of::<counter::Counter>(workloads::GCounter, &IN_SERVICE, seeds),
        failures_of::<counter::Counter>(workloads::PnCounter, &IN_SERVICE, seeds),
        failures_of::<lin_kv::Store>(workloads::LinKv, &IN_SERVICE, seeds),
        failures_of::<kafka::Kafka>(workloads::Kafka, &IN_SERVICE, seeds),
        failures_of::<txn::Txn>(workloads::TxnListAppend, &IN_SERVICE, seeds),
        failures_of::<txn::Txn>(workloads::TxnRwRegister, &IN_SERVICE, seeds),
    ];
    assert_eq!(failures.concat(), [""; 0]);
}

#[test]
fn correct_nodes_tolerate_all_faults_that_a_seed_chooses() {
    assert_correct_nodes_pass(&(0..10));
}

#[test]
#[ignore = "takes minutes unless optimized: cargo test --release --test simulation chaos:: -- --ignored"]
fn correct_nodes_tolerate_all_faults_that_many_seeds_choose() {
    assert_correct_nodes_pass(&(0..200));
}
