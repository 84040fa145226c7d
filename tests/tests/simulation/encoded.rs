//! Nodes of the same type send bodies to each other as values instead of bytes where this makes no
//! difference. These tests run each seed both ways, and compare messages and operations.

use std::time::Duration;

use mael::node::Handlers;
use mael::prelude::*;
use mael_challenges::{Broadcast, Echo, GCounter, GCounterKv, UniqueIds};
use mael_sim::simulation::{ms, secs};
use mael_sim::workloads::Workload;
use mael_sim::{Fault, simulate, workloads};
use mael_tests::LockedCounter;
use mael_tests::reference::{
    broadcast, counter, echo, flood, g_set, kafka, lin_kv, txn, unique_ids,
};

/// Simulates a few seeds of a node both ways, under faults that it may not tolerate, and asserts
/// that the runs are equal.
fn assert_same<N: Handlers>(workload: impl Workload + Clone + Send + Sync + 'static) {
    let runs = simulate::<N>(workload)
        .nodes(5)
        .clients_per_node(2)
        .rate(50.0)
        .time_limit(secs(5))
        .latency(ms(20))
        .loss(0.05)
        .duplicate(0.1)
        .reorder(0.1)
        .nemesis([Fault::Partition, Fault::Kill, Fault::Pause])
        .nemesis_interval(secs(1))
        .encoded()
        .seeds(0..5)
        .run();
    assert_eq!(runs.len(), 5);
    for run in runs {
        assert_eq!(run.record.error, None, "seed {}", run.seed);
    }
}

#[test]
fn challenges_have_the_same_runs() {
    assert_same::<Broadcast>(workloads::Broadcast);
    assert_same::<Echo>(workloads::Echo);
    assert_same::<GCounter>(workloads::GCounter);
    assert_same::<GCounterKv>(workloads::GCounter);
    assert_same::<UniqueIds>(workloads::UniqueIds);
}

#[test]
fn reference_and_sample_nodes_have_the_same_runs() {
    assert_same::<broadcast::Broadcast>(workloads::Broadcast);
    assert_same::<flood::Flood>(workloads::Broadcast);
    assert_same::<echo::Echo>(workloads::Echo);
    assert_same::<counter::Counter>(workloads::PnCounter);
    assert_same::<g_set::GSet>(workloads::GSet);
    assert_same::<kafka::Kafka>(workloads::Kafka);
    assert_same::<lin_kv::Store>(workloads::LinKv);
    assert_same::<txn::Txn>(workloads::TxnListAppend);
    assert_same::<txn::Txn>(workloads::TxnRwRegister);
    assert_same::<unique_ids::UniqueIds>(workloads::UniqueIds);
    assert_same::<LockedCounter>(workloads::GCounter);
}

/// Serializes durations as milliseconds, with less precision than a `Duration`.
mod milliseconds {
    use std::time::Duration;

    use mael::serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        time: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(time.as_millis() as u64)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_millis)
    }
}

/// A body that changes when it is serialized and deserialized.
#[mael::message]
#[derive(Clone)]
struct Note {
    text: String,
    #[serde(skip)]
    secret: u64,
}

/// A node whose handlers have parameters of many types, and record their values.
#[node]
struct Forms {
    peers: Peers<Forms>,
    received: RefCell<Vec<String>>,
}

#[handlers]
impl Forms {
    /// Sends one message of each type to the peers, and returns the values that this node has
    /// received.
    #[handler(reply("echo", "received"))]
    async fn echo(&self, echo: String) -> (String, Vec<String>) {
        for peer in &self.peers {
            peer.numbers(u64::MAX, i64::MIN, u128::MAX).send();
            peer.floats(f64::NAN).send();
            peer.floats(0.1 + 0.2).send();
            peer.maybe(None, Some(Vec::new())).send();
            peer.maybe(Some(7), None).send();
            peer.renamed("\"quoted\" \u{7f}\0".to_owned()).send();
            peer.timed(Duration::from_nanos(1_999_999)).send();
            peer.sets(
                BTreeSet::from([(1, 'x')]),
                BTreeMap::from([(-3, None), (4, Some(()))]),
            )
            .send();
            peer.whole(Note {
                text: echo.clone(),
                secret: 3,
            })
            .send();
            peer.noted(Note {
                text: echo.clone(),
                secret: 3,
            })
            .send();
            peer.lists_as_keys(BTreeMap::from([(vec![1], 2)])).send();
            let received = self.received.borrow().len() as u64;
            let report = match peer.fails(received).await {
                Ok(value) => format!("{value:?}"),
                Err(error) => error.to_string(),
            };
            self.record(format_args!("{} {report}", peer.id()));
        }
        (echo, self.received.take())
    }

    #[handler(oneway)]
    fn numbers(&self, large: u64, small: i64, larger: u128) {
        self.record(format_args!("{large} {small} {larger}"));
    }

    #[handler]
    fn floats(&self, float: f64) {
        self.record(format_args!("{float:?}"));
    }

    #[handler]
    fn maybe(&self, number: Option<u8>, #[serde(default)] list: Option<Vec<bool>>) {
        self.record(format_args!("{number:?} {list:?}"));
    }

    #[handler]
    fn renamed(&self, #[serde(rename = "as")] name: String) {
        self.record(format_args!("{name:?}"));
    }

    #[handler]
    fn timed(&self, #[serde(with = "milliseconds")] time: Duration) {
        self.record(format_args!("{time:?}"));
    }

    #[handler]
    fn sets(&self, pairs: BTreeSet<(u8, char)>, units: BTreeMap<i16, Option<()>>) {
        self.record(format_args!("{pairs:?} {units:?}"));
    }

    #[handler]
    fn whole(&self, #[body] note: Note) {
        self.record(format_args!("{} {}", note.text, note.secret));
    }

    #[handler]
    fn noted(&self, note: Note) {
        self.record(format_args!("{} {}", note.text, note.secret));
    }

    #[handler]
    fn lists_as_keys(&self, map: BTreeMap<Vec<u8>, u8>) {
        self.record(format_args!("{map:?}"));
    }

    /// Returns an error, or panics.
    #[handler(reply = "odd")]
    fn fails(&self, #[src] from: NodeId, number: u64) -> mael::Result<Option<u64>> {
        match number % 3 {
            0 => Err(mael::Error::not_supported(format!(
                "{from} requested {number}"
            ))),
            1 => Ok(Some(number)),
            _ => panic!("{number} is too much"),
        }
    }
}

impl Forms {
    fn record(&self, what: std::fmt::Arguments<'_>) {
        self.received.borrow_mut().push(what.to_string());
    }
}

#[test]
fn values_that_change_when_encoded_change_in_both_runs() {
    assert_same::<Forms>(workloads::Echo);
    // The messages contain the values as changed by encoding.
    let run = simulate::<Forms>(workloads::Echo)
        .nodes(2)
        .rate(5.0)
        .journal()
        .run_seed(0);
    let journal = String::from_utf8(run.journal).unwrap();
    for received in [
        "18446744073709551615 -9223372036854775808 340282366920938463463374607431768211455",
        "0.30000000000000004",
        "None Some([])",
        "Some(7) None",
        r#"\"\\\"quoted\\\" \\u{7f}\\0\""#,
        "1ms",
        "{(1, 'x')} {-3: None, 4: None}",
    ] {
        assert!(journal.contains(received), "{received} in {journal}");
    }
    assert!(!journal.contains("NaN") && !journal.contains("1.999999ms"));
    assert!(
        run.logs["n0"]
            .to_string()
            .contains("`lists_as_keys` to n1 could not be sent"),
        "{:?}",
        run.logs
    );
}
