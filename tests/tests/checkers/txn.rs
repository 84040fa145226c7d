//! Stores of transactions that are right pass, and each way to be wrong is found by its name, in
//! virtual time.

use std::collections::BTreeSet;

use mael::node::Handlers;
use mael::prelude::*;
use mael::{Error, ErrorCode};
use mael_history::{Validity, Value};
use mael_sim::simulation::{Simulated, Simulation, ms, secs};
use mael_sim::workloads::{TxnListAppend, TxnRwRegister, Workload};
use mael_sim::{Fault, simulate};
use serde_json::{Value as Json, json};

/// Micro-operations: what to do, with which key, and what was read or is written.
type Steps = Vec<(String, u64, Json)>;

/// What the keys hold: lists or single values.
type State = BTreeMap<u64, Json>;

/// Does a transaction, and gives back its micro-operations with what was read.
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

/// Changes the state of all nodes, in one register, by a transaction.
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

/// All state is in one register, which is replaced as a whole: strictly serializable.
#[node]
struct Right {
    kv: LinKv,
}

#[handlers]
impl Right {
    #[handler(type = "txn", reply = "txn")]
    async fn txn(&self, txn: Steps) -> mael::Result<Steps> {
        Ok(transact_in(&self.kv, txn).await?.1)
    }
}

/// Overwrites what others did between its read and its write.
#[node]
struct Overwriting {
    kv: LinKv,
}

#[handlers]
impl Overwriting {
    #[handler(type = "txn", reply = "txn")]
    async fn txn(&self, txn: Steps) -> mael::Result<Steps> {
        let mut state: State = self.kv.read("state").await?.unwrap_or_default();
        let done = transact(&mut state, txn);
        self.kv.write("state", &state).await?;
        Ok(done)
    }
}

/// Answers transactions that only read from what it last saw.
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

/// Says of every fifth transaction that it was aborted, though it was not.
#[node]
struct Denying {
    kv: LinKv,
    count: Cell<u64>,
}

#[handlers]
impl Denying {
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

/// Does each micro-operation by itself.
#[node]
struct Piecemeal {
    kv: LinKv,
}

#[handlers]
impl Piecemeal {
    #[handler(type = "txn", reply = "txn")]
    async fn txn(&self, txn: Steps) -> mael::Result<Steps> {
        let mut done = Vec::new();
        for step in txn {
            done.extend(transact_in(&self.kv, vec![step]).await?.1);
        }
        Ok(done)
    }
}

/// Keeps everything to itself.
#[node]
struct Lonely {
    state: RefCell<State>,
}

#[handlers]
impl Lonely {
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

/// The anomalies that some runs have: each of those that has any is wrong, and says why.
fn anomalies(runs: &[Simulated]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for run in runs {
        let workload = run.results.map.get("workload").expect("it was checked");
        let Some(Value::List(types)) = workload.get("anomaly-types") else {
            continue;
        };
        assert_eq!(types.is_empty(), run.results.valid != Validity::False);
        let mut told = run.results.explanation.iter();
        assert!(types.is_empty() || told.any(|(checker, _)| *checker == "workload"));
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
    panic!("{anomaly} is not among {found:?}");
}

#[test]
fn a_store_in_one_register_is_strictly_serializable() {
    simulation::<Right>(TxnListAppend, "strict-serializable").check();
    simulation::<Right>(TxnRwRegister, "strict-serializable").check();
}

#[test]
fn a_store_that_overwrites_loses_updates() {
    assert_found::<Overwriting>(TxnListAppend, "serializable", "lost-update");
    assert_found::<Overwriting>(TxnListAppend, "read-committed", "incompatible-order");
    assert_found::<Overwriting>(TxnRwRegister, "snapshot-isolation", "lost-update");
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
fn aborted_transactions_that_are_visible_are_found() {
    assert_found::<Denying>(TxnListAppend, "read-committed", "G1a");
    assert_found::<Denying>(TxnListAppend, "read-committed", "dirty-update");
    assert_found::<Denying>(TxnRwRegister, "read-committed", "G1a");
}

#[test]
fn transactions_in_pieces_are_found() {
    assert_found::<Piecemeal>(TxnListAppend, "serializable", "G-single-item");
    assert_found::<Piecemeal>(TxnListAppend, "read-uncommitted", "G0");
    assert_found::<Piecemeal>(TxnListAppend, "read-committed", "G1b");
    assert_found::<Piecemeal>(TxnRwRegister, "serializable", "G-single-item");
}

#[test]
fn a_store_that_tells_nobody_is_read_uncommitted_and_always_there() {
    simulation::<Lonely>(TxnRwRegister, "read-uncommitted")
        .availability(1.0)
        .check();
    let model = "strict-serializable";
    assert_found::<Lonely>(TxnRwRegister, model, "G-single-item-realtime");
}
