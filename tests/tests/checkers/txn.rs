//! Tests the transactional workloads in virtual time: correct stores pass, and each bug is found as
//! its anomaly.

use std::collections::BTreeSet;

use mael::node::Handlers;
use mael::prelude::*;
use mael::{Error, ErrorCode};
use mael_history::{Validity, Value};
use mael_sim::simulation::{Simulated, Simulation, ms, secs};
use mael_sim::workloads::{TxnListAppend, TxnRwRegister, Workload};
use mael_sim::{Fault, simulate};
use serde_json::{Value as Json, json};

/// Micro-operations: the function, the key, and the value that is read or written.
type Steps = Vec<(String, u64, Json)>;

/// The values of the keys: lists or single values.
type State = BTreeMap<u64, Json>;

/// Applies a transaction and returns its micro-operations with the values read.
fn transact(state: &mut State, mut steps: Steps) -> Steps {
    for (name, key, value) in &mut steps {
        let held = state.entry(*key).or_default();
        match (name.as_str(), &mut *held) {
            ("r", held) => *value = held.clone(),
            ("append", Json::Array(elements)) => elements.push(value.clone()),
            ("append", held) => *held = json!([value]),
            _ => *held = value.clone(),
        }
    }
    steps
}

/// Applies a transaction to the shared state, which is stored in one register.
async fn transact_in(kv: &LinKv, steps: Steps) -> mael::Result<(State, Steps)> {
    let mut done = Vec::new();
    let change = |state: Option<State>| {
        let mut state = state.unwrap_or_default();
        done = transact(&mut state, steps.clone());
        state
    };
    let state = kv.update("state", change).await?;
    Ok((state, done))
}

/// Updates the register atomically: strictly serializable.
#[node]
struct Atomic {
    kv: LinKv,
}

#[handlers]
impl Atomic {
    #[handler(type = "txn", reply = "txn")]
    async fn txn(&self, txn: Steps) -> mael::Result<Steps> {
        Ok(transact_in(&self.kv, txn).await?.1)
    }
}

/// Reads and writes the register without a compare-and-set, and so overwrites concurrent updates.
#[node]
struct WithoutCas {
    kv: LinKv,
}

#[handlers]
impl WithoutCas {
    #[handler(type = "txn", reply = "txn")]
    async fn txn(&self, txn: Steps) -> mael::Result<Steps> {
        let mut state: State = self.kv.read("state").await?.unwrap_or_default();
        let done = transact(&mut state, txn);
        self.kv.write("state", &state).await?;
        Ok(done)
    }
}

/// Replies to read-only transactions from the state it saw last.
#[node]
struct Stale {
    kv: LinKv,
    seen: RefCell<State>,
}

#[handlers]
impl Stale {
    #[handler(type = "txn", reply = "txn")]
    async fn txn(&self, txn: Steps) -> mael::Result<Steps> {
        if txn.iter().all(|(name, ..)| name == "r") {
            return Ok(transact(&mut self.seen.borrow().clone(), txn));
        }
        let (state, done) = transact_in(&self.kv, txn).await?;
        self.seen.replace(state);
        Ok(done)
    }
}

/// Reports every fifth transaction as aborted after committing it.
#[node]
struct FailingAfterCommit {
    kv: LinKv,
    count: Cell<u64>,
}

#[handlers]
impl FailingAfterCommit {
    #[handler(type = "txn", reply = "txn")]
    async fn txn(&self, txn: Steps) -> mael::Result<Steps> {
        let (_, done) = transact_in(&self.kv, txn).await?;
        self.count.set(self.count.get() + 1);
        if self.count.get().is_multiple_of(5) {
            return Err(Error::new(ErrorCode::TxnConflict, "aborted"));
        }
        Ok(done)
    }
}

/// Commits each micro-operation separately.
#[node]
struct OpByOp {
    kv: LinKv,
}

#[handlers]
impl OpByOp {
    #[handler(type = "txn", reply = "txn")]
    async fn txn(&self, txn: Steps) -> mael::Result<Steps> {
        let mut done = Vec::new();
        for step in txn {
            done.extend(transact_in(&self.kv, vec![step]).await?.1);
        }
        Ok(done)
    }
}

/// Keeps its own state, without replication.
#[node]
struct Unreplicated {
    state: RefCell<State>,
}

#[handlers]
impl Unreplicated {
    #[handler(type = "txn", reply = "txn")]
    fn txn(&self, txn: Steps) -> Steps {
        transact(&mut self.state.borrow_mut(), txn)
    }
}

fn simulation<N: Handlers>(
    workload: impl Workload + Clone + Send + Sync + 'static,
    model: &str,
) -> Simulation<N> {
    simulate::<N>(workload)
        .nodes(3)
        .concurrency(6)
        .rate(60.0)
        .time_limit(secs(5))
        .latency(ms(10))
        .options(|options| options.consistency_models = vec![model.to_owned()])
        .nemesis([Fault::Partition])
        .nemesis_interval(secs(2))
        .seeds(0..3)
}

/// Returns the anomalies of some runs. Asserts that each run with anomalies is invalid and has an
/// explanation.
fn anomalies(runs: &[Simulated]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for run in runs {
        let workload = run
            .results
            .map
            .get("workload")
            .expect("the workload was checked");
        let Some(Value::List(types)) = workload.get("anomaly-types") else {
            continue;
        };
        assert_eq!(types.is_empty(), run.results.valid != Validity::False);
        let mut explanations = run.results.explanation.iter();
        assert!(types.is_empty() || explanations.any(|(checker, _)| *checker == "workload"));
        found.extend(types.iter().filter_map(Value::name).map(str::to_owned));
    }
    found
}

fn assert_found<N: Handlers>(
    workload: impl Workload + Clone + Send + Sync + 'static,
    model: &str,
    anomaly: &str,
) {
    let simulation = simulation::<N>(workload, model);
    let mut found = BTreeSet::new();
    for seed in 0..20 {
        found.extend(anomalies(&[simulation.run_seed(seed)]));
        if found.contains(anomaly) {
            return;
        }
    }
    panic!("expected {anomaly}, found {found:?}");
}

#[test]
fn a_store_in_one_register_is_strictly_serializable() {
    simulation::<Atomic>(TxnListAppend, "strict-serializable").check();
    simulation::<Atomic>(TxnRwRegister, "strict-serializable").check();
}

#[test]
fn a_store_without_compare_and_set_loses_updates() {
    assert_found::<WithoutCas>(TxnListAppend, "serializable", "lost-update");
    assert_found::<WithoutCas>(TxnListAppend, "read-committed", "incompatible-order");
    assert_found::<WithoutCas>(TxnRwRegister, "snapshot-isolation", "lost-update");
}

#[test]
fn stale_reads_are_serializable_but_not_strictly() {
    simulation::<Stale>(TxnListAppend, "serializable").check();
    let runs = simulation::<Stale>(TxnListAppend, "strict-serializable").run();
    let found = anomalies(&runs);
    assert!(
        found.iter().all(|name| name.ends_with("-realtime")),
        "{found:?}"
    );
    assert!(found.contains("G-single-item-realtime"));
    assert_found::<Stale>(
        TxnRwRegister,
        "strict-serializable",
        "G-single-item-realtime",
    );
}

#[test]
fn visible_aborted_transactions_are_found() {
    assert_found::<FailingAfterCommit>(TxnListAppend, "read-committed", "G1a");
    assert_found::<FailingAfterCommit>(TxnListAppend, "read-committed", "dirty-update");
    assert_found::<FailingAfterCommit>(TxnRwRegister, "read-committed", "G1a");
}

#[test]
fn transactions_that_are_not_atomic_are_found() {
    assert_found::<OpByOp>(TxnListAppend, "serializable", "G-single-item");
    assert_found::<OpByOp>(TxnListAppend, "read-uncommitted", "G0");
    assert_found::<OpByOp>(TxnListAppend, "read-committed", "G1b");
    assert_found::<OpByOp>(TxnRwRegister, "serializable", "G-single-item");
}

#[test]
fn an_unreplicated_store_is_read_uncommitted_and_totally_available() {
    simulation::<Unreplicated>(TxnRwRegister, "read-uncommitted")
        .availability(1.0)
        .check();
    let model = "strict-serializable";
    assert_found::<Unreplicated>(TxnRwRegister, model, "G-single-item-realtime");
}
