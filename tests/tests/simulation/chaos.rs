//! Faults that no real run can have: each finds a node that is wrong in a way which the others do
//! not show, and nodes that are right bear them all.

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

/// The same with nodes killed between any two steps.
fn at_steps<N: Handlers>(simulation: Simulation<N>) -> Simulation<N> {
    simulation.options(|options| options.kill_at = KillAt::Step)
}

/// How long links stay cut, and healed, on average.
const SHORT: Duration = ms(50);

/// The same with links that are cut for a short time, and often.
fn short_partitions<N: Handlers>(simulation: Simulation<N>) -> Simulation<N> {
    simulation
        .nemesis([Fault::Partition])
        .options(|options| options.partition_interval = Some(SHORT))
}

/// How many of its seeds a simulation fails.
fn failures<N: Handlers>(simulation: &Simulation<N>) -> usize {
    let runs = simulation.run();
    runs.iter().filter(|run| !run.passed()).count()
}

/// The acts of the nemesis of this name that have ended, with what came of them.
fn outcomes(run: &Simulated, act: &str) -> Vec<Value> {
    let operations = run.record.history.0.iter();
    let acts = operations.filter(|operation| operation.process == Process::Nemesis);
    let named = acts.filter(|operation| operation.f == act);
    named
        .skip(1)
        .step_by(2)
        .map(|operation| operation.value.clone())
        .collect()
}

const OLD_FAULTS: [Fault; 3] = [Fault::Partition, Fault::Kill, Fault::Pause];

/// Unique ids from a count that is saved once its new value has been used.
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
        // It runs within the same turn of the node, but not before the answer is sent.
        mael::spawn(async move {
            storage.replace("count", &count).expect("it can be saved");
        });
        format!("{}-{count}", self.id)
    }
}

#[test]
fn what_is_saved_after_the_answer_is_lost_in_a_crash_only() {
    let simulation = || simulation::<SavesLater>(workloads::UniqueIds).concurrency(24);
    simulation().nemesis(OLD_FAULTS).check();
    let found = failures(&at_steps(simulation().nemesis([Fault::Kill])));
    assert!(found > 5, "{found}");
}

/// The node that has the data, where one has.
const PRIMARY: &str = "n0";

fn missing(key: u64) -> Error {
    Error::new(ErrorCode::KeyDoesNotExist, format!("there is no key {key}"))
}

fn mismatch() -> Error {
    Error::new(ErrorCode::PreconditionFailed, "the current value differs")
}

/// A store on one node, from which others read with a lease: nothing is written before it is over.
/// It is right as long as all clocks run alike.
#[node(deadline_ms = 900)]
struct Leases {
    id: NodeId,
    peers: Peers<Leases>,
    data: RefCell<BTreeMap<u64, i64>>,
    /// Up to when others may read, by the clock of the primary.
    granted: RefCell<BTreeMap<u64, Instant>>,
    /// What may be read and up to when, by the clock of the node.
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
fn a_lease_that_trusts_clocks_is_found_where_they_differ_only() {
    // All clients at one key, so that what is leased is read.
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
fn what_nodes_with_other_clocks_send_is_recorded_at_true_time() {
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

/// A store on one node, which others say to have refused what it does not answer in time.
#[node(deadline_ms = 900)]
struct Impatient {
    id: NodeId,
    peers: Peers<Impatient>,
    data: RefCell<BTreeMap<u64, i64>>,
}

/// More than the way there and back takes under any latency here.
const PATIENCE: Duration = ms(300);

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

/// What a call gives, or a refusal if that takes too long.
async fn in_time<T>(call: impl IntoFuture<Output = mael::Result<T>>) -> mael::Result<T> {
    let late = Error::new(ErrorCode::TemporarilyUnavailable, "too late");
    let result = time::timeout(PATIENCE, call.into_future()).await;
    result.unwrap_or(Err(late))
}

#[test]
fn impatience_is_found_where_an_adversary_delays_messages_only() {
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
    // What is held up before a burst is not held up long enough.
    assert_eq!(
        failures(&simulation().options(|it| it.adversary = [Adversary::Burst].into())),
        0
    );
}

#[test]
fn short_partitions_come_and_go_many_times_and_are_over_in_the_end() {
    let run =
        short_partitions(simulation::<broadcast::Broadcast>(workloads::Broadcast)).run_seed(0);
    assert!(run.passed(), "{:?}", run.anomalies());
    let (cut, mended) = (
        outcomes(&run, "start-partition"),
        outcomes(&run, "stop-partition"),
    );
    // Links are cut, or healed, every 50 ms on average.
    assert!((40..60).contains(&cut.len()), "{}", cut.len());
    assert!(mended.len() >= cut.len());
    assert!(
        mended
            .iter()
            .all(|value| *value == Value::keyword("network-healed"))
    );
}

#[test]
fn a_partition_is_recorded_as_the_set_of_those_that_each_node_does_not_hear() {
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
            panic!("{partition} should be a name and a map");
        };
        assert_eq!(*name, Value::keyword("isolated"));
        assert!(unheard.keys().eq(&nodes), "{partition} should name all");
        for (node, others) in unheard {
            let Value::Set(others) = others else {
                panic!("{others} should be a set");
            };
            assert!(others.iter().all(|it| it != node && nodes.contains(it)));
        }
    }
    let text = r#"[:isolated {"n0" #{"n1" "n2"}, "n1" #{"n0"}, "n2" #{"n0"}}]"#;
    let found = partitions.iter().find(|it| it.to_string() == text);
    assert_eq!(
        serde_json::to_string(found.expect("n0 is alone some time")).unwrap(),
        r#"["isolated",{"n0":["n1","n2"],"n1":["n0"],"n2":["n0"]}]"#
    );
}

#[test]
fn a_node_killed_at_a_step_is_started_again_and_may_be_killed_as_it_starts() {
    let mut seen = BTreeMap::new();
    let echo = simulation::<echo::Echo>(workloads::Echo).nemesis([Fault::Kill]);
    for run in at_steps(echo).run() {
        assert!(run.passed(), "{:?}", run.anomalies());
        for act in ["kill", "start"] {
            for value in outcomes(&run, act) {
                let Value::Map(nodes) = value else {
                    panic!("{value} is a map")
                };
                let outcome = nodes.into_values().next().unwrap();
                *seen.entry((act, outcome.to_string())).or_default() += 1;
            }
        }
    }
    let count = |act, outcome: &str| seen.get(&(act, outcome.to_owned())).copied().unwrap_or(0);
    let (killed, again) = (count("kill", ":killed"), count("start", ":killed"));
    assert!(killed > 30 && again > 10, "{seen:?}");
    // A node killed as it starts is started once more; at most one is down when a run ends.
    let started = count("start", ":started");
    assert!(started <= killed && killed <= started + 20, "{seen:?}");
}

/// Runs `sim` with these words.
fn sim(words: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let sim = env!("CARGO_BIN_EXE_sim");
    let finished = run(Command::new(sim)
        .current_dir(folder.path())
        .args(words.split_whitespace()));
    finished.text().to_owned()
}

/// What follows after these words, to the end of their line.
fn after<'a>(text: &'a str, words: &str) -> &'a str {
    let line = text.lines().find_map(|line| line.split_once(words));
    line.unwrap_or_else(|| panic!("no {words:?} in {text}")).1
}

#[test]
fn what_a_failing_seed_picked_is_told_and_replays_it() {
    let node = "reference-lin-kv --concurrency 2n --rate 50 --time-limit 5 --nemesis-interval 1";
    let bug = "-- --bug reads-from-cache";
    let report = sim(&format!(
        "{node} --swarm --nemesis partition,kill --partition-interval 0.05 --kill-at step \
         --seeds 5 {bug}"
    ));
    let picked = after(&report, "the seed chose these faults: ");
    let replay = after(&report, "replay it with cargo sim ");
    let (replay, _) = replay.split_once(" -- ").expect("the bug is of the node");
    assert!(replay.contains("--swarm"), "{replay}");
    let seed = replay
        .split_whitespace()
        .find(|word| word.starts_with("--seed="));
    let seed = seed.expect("a seed is replayed");
    let again = sim(&format!("{replay} --digest {bug}"));
    let without = sim(&format!("{node} {picked} {seed} --digest {bug}"));
    assert_eq!(after(&again, " digest "), after(&without, " digest "));
}

/// What a node must bear beside what every node must.
struct Bears {
    faults: &'static [Fault],
    duplicate: f64,
}

/// A node whose memory is all there is.
const KEEPS: Bears = Bears {
    faults: &[Fault::Partition, Fault::Pause],
    duplicate: 0.1,
};

/// A node that has nothing to lose.
const HAS_NOTHING: Bears = Bears {
    faults: &Fault::ALL,
    duplicate: 0.1,
};

/// A node whose data are in a service, which may not do a thing twice.
const HAS_A_SERVICE: Bears = Bears {
    duplicate: 0.0,
    ..HAS_NOTHING
};

/// What goes wrong with a node without bugs under the faults that each of these seeds picks of all
/// that it must bear.
fn wrong<N: Handlers>(
    workload: impl Workload + Clone + Send + Sync + 'static,
    bears: &Bears,
    seeds: &Range<u64>,
) -> Vec<String> {
    let name = workload.name();
    let simulation = simulation::<N>(workload)
        .nemesis(bears.faults.iter().copied())
        .duplicate(bears.duplicate)
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

/// Asserts that no node without bugs is found wrong.
fn right(seeds: &Range<u64>) {
    let wrong = [
        wrong::<echo::Echo>(workloads::Echo, &HAS_NOTHING, seeds),
        wrong::<unique_ids::UniqueIds>(workloads::UniqueIds, &HAS_NOTHING, seeds),
        wrong::<broadcast::Broadcast>(workloads::Broadcast, &KEEPS, seeds),
        wrong::<g_set::GSet>(workloads::GSet, &KEEPS, seeds),
        wrong::<counter::Counter>(workloads::GCounter, &HAS_A_SERVICE, seeds),
        wrong::<counter::Counter>(workloads::PnCounter, &HAS_A_SERVICE, seeds),
        wrong::<lin_kv::Store>(workloads::LinKv, &HAS_A_SERVICE, seeds),
        wrong::<kafka::Kafka>(workloads::Kafka, &HAS_A_SERVICE, seeds),
        wrong::<txn::Txn>(workloads::TxnListAppend, &HAS_A_SERVICE, seeds),
        wrong::<txn::Txn>(workloads::TxnRwRegister, &HAS_A_SERVICE, seeds),
    ];
    assert_eq!(wrong.concat(), [""; 0]);
}

#[test]
fn right_nodes_bear_whatever_faults_a_seed_picks() {
    right(&(0..10));
}

#[test]
#[ignore = "takes minutes unless optimized: cargo test --release --test simulation chaos:: -- --ignored"]
fn right_nodes_bear_whatever_faults_many_seeds_pick() {
    right(&(0..200));
}
