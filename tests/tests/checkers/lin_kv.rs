//! Tests the lin-kv workload in virtual time, with key-value stores that are linearizable and with
//! others that are not.

use mael::prelude::*;
use mael_history::{Kind, Validity, Value};
use mael_sim::simulation::{Simulated, Simulation, ms, secs};
use mael_sim::{Fault, simulate, workloads};
use mael_tests::reference::lin_kv::Store;

fn absent() -> Error {
    Error::new(ErrorCode::KeyDoesNotExist, "there is no such key")
}

fn mismatch() -> Error {
    Error::new(ErrorCode::PreconditionFailed, "the current value differs")
}

/// The first node stores all keys and the others forward requests to it, so partitions cause
/// indefinite outcomes.
#[node(deadline_ms = 900)]
struct Leader {
    id: NodeId,
    nodes: Nodes,
    peers: Peers<Leader>,
    registers: RefCell<BTreeMap<u64, u64>>,
}

#[handlers]
impl Leader {
    #[handler(type = "read", reply = "value")]
    async fn read(&self, key: u64) -> mael::Result<u64> {
        if let Some(leader) = self.leader() {
            return leader.read(key).await;
        }
        let value = self.registers.borrow().get(&key).copied();
        value.ok_or_else(absent)
    }

    #[handler(type = "write")]
    async fn write(&self, key: u64, value: u64) -> mael::Result<()> {
        if let Some(leader) = self.leader() {
            return leader.write(key, value).await;
        }
        self.registers.borrow_mut().insert(key, value);
        Ok(())
    }

    #[handler(type = "cas")]
    async fn cas(&self, key: u64, from: u64, to: u64) -> mael::Result<()> {
        if let Some(leader) = self.leader() {
            return leader.cas(key, from, to).await;
        }
        match self.registers.borrow_mut().get_mut(&key) {
            Some(value) if *value == from => *value = to,
            Some(_) => return Err(mismatch()),
            None => return Err(absent()),
        }
        Ok(())
    }
}

impl Leader {
    /// Returns a client of the leader, if it is another node.
    fn leader(&self) -> Option<LeaderClient> {
        let first = self.nodes.iter().next()?;
        (*first != self.id).then(|| self.peers.client(first.clone()))
    }
}

/// Stores all keys in `seq-kv`, which is only sequentially consistent.
#[node(deadline_ms = 900)]
struct Sequential {
    kv: SeqKv,
}

#[handlers]
impl Sequential {
    #[handler(type = "read", reply = "value")]
    async fn read(&self, key: u64) -> mael::Result<u64> {
        self.kv.read(key).await?.ok_or_else(absent)
    }

    #[handler(type = "write")]
    async fn write(&self, key: u64, value: u64) -> mael::Result<()> {
        self.kv.write(key, &value).await
    }

    #[handler(type = "cas")]
    async fn cas(&self, key: u64, from: u64, to: u64) -> mael::Result<()> {
        let done = self.kv.cas(key, &from, &to).await?;
        done.then_some(()).ok_or_else(mismatch)
    }
}

fn store<N: mael::node::Handlers>() -> Simulation<N> {
    simulate::<N>(workloads::LinKv)
        .nodes(3)
        .concurrency(12)
        .rate(60.0)
        .time_limit(secs(10))
        .latency(ms(5))
        .nemesis([Fault::Partition])
        .nemesis_interval(secs(2))
}

/// Simulates the reference node with a bug.
fn store_with_bug(bug: &str) -> Simulation<Store> {
    store::<Store>().args(["--bug", bug])
}

/// The explanations of the workload's checker.
fn explanations(run: &Simulated) -> impl Iterator<Item = &str> {
    let texts = run.results.explanation.iter();
    texts.filter_map(|(checker, text)| (*checker == "workload").then_some(text.as_str()))
}

fn workload_valid(run: &Simulated) -> Option<&Value> {
    run.results.map.get("workload")?.get("valid?")
}

#[test]
fn a_proxy_of_a_linearizable_store_passes() {
    store::<Store>().seeds(0..10).check();
    store::<Store>()
        .nemesis([Fault::Partition, Fault::Kill, Fault::Pause])
        .seeds(0..10)
        .check();
}

#[test]
fn a_single_leader_passes_with_indefinite_outcomes() {
    let mut unknown = 0;
    for run in store::<Leader>().seeds(0..10).run() {
        assert!(run.passed(), "{:?}", run.results.explanation);
        let ends = run.record.history.completions();
        unknown += ends.filter(|end| end.kind == Kind::Info).count();
    }
    assert!(unknown > 50, "{unknown}");
}

#[test]
fn stores_that_are_not_linearizable_fail() {
    let runs = [
        ("sequential", store::<Sequential>().seeds(0..10).run()),
        (
            "caching",
            store_with_bug("reads-from-cache").seeds(0..10).run(),
        ),
        (
            "without compare",
            store_with_bug("skips-compare").seeds(0..10).run(),
        ),
    ];
    for (name, runs) in runs {
        let invalid = runs
            .iter()
            .filter(|run| workload_valid(run) == Some(&Value::Bool(false)));
        assert!(invalid.clone().count() >= 8, "{name}: {}", invalid.count());
        for run in invalid {
            assert_eq!(run.results.valid, Validity::False);
            for text in explanations(run) {
                assert!(text.starts_with("key ") && text.contains("can't be linearized"));
            }
        }
    }
}

#[test]
fn a_cas_that_does_not_compare_is_reported() {
    let run = store_with_bug("skips-compare").run_seed(1);
    assert!(explanations(&run).any(|text| text.contains(": cas [")));
}

#[test]
#[should_panic(expected = "a multiple of 6 (twice the number of nodes)")]
fn too_few_clients_are_rejected() {
    store::<Store>().concurrency(3).run_seed(0);
}
