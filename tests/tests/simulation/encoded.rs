//! Nodes of one type send each other values, not bytes, where that changes nothing. Here each seed
//! is run both ways, and messages and operations must be the same.

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

/// Simulates a few seeds of a node both ways, under faults that it need not bear.
fn same<N: Handlers>(workload: impl Workload + Clone + Send + Sync + 'static) {
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
fn challenges_do_the_same() {
    same::<Broadcast>(workloads::Broadcast);
    same::<Echo>(workloads::Echo);
    same::<GCounter>(workloads::GCounter);
    same::<GCounterKv>(workloads::GCounter);
    same::<UniqueIds>(workloads::UniqueIds);
}

#[test]
fn reference_and_sample_nodes_do_the_same() {
    same::<broadcast::Broadcast>(workloads::Broadcast);
    same::<flood::Flood>(workloads::Broadcast);
    same::<echo::Echo>(workloads::Echo);
    same::<counter::Counter>(workloads::PnCounter);
    same::<g_set::GSet>(workloads::GSet);
    same::<kafka::Kafka>(workloads::Kafka);
    same::<lin_kv::Store>(workloads::LinKv);
    same::<txn::Txn>(workloads::TxnListAppend);
    same::<txn::Txn>(workloads::TxnRwRegister);
    same::<unique_ids::UniqueIds>(workloads::UniqueIds);
    same::<LockedCounter>(workloads::GCounter);
}

/// Times in milliseconds: less than what a `Duration` holds.
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

/// A body that is not the same after it was written and read.
#[mael::message]
#[derive(Clone)]
struct Note {
    text: String,
    #[serde(skip)]
    secret: u64,
}

/// A node whose handlers take whatever there is, from each other, and say what they were handed.
#[node]
struct Forms {
    peers: Peers<Forms>,
    heard: RefCell<Vec<String>>,
}

#[handlers]
impl Forms {
    /// Sends its neighbours one of each, and answers with what it has heard itself.
    #[handler(reply("echo", "heard"))]
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
            let heard = self.heard.borrow().len() as u64;
            let report = match peer.fails(heard).await {
                Ok(value) => format!("{value:?}"),
                Err(error) => error.to_string(),
            };
            self.hear(format_args!("{} {report}", peer.id()));
        }
        (echo, self.heard.take())
    }

    #[handler(oneway)]
    fn numbers(&self, large: u64, small: i64, larger: u128) {
        self.hear(format_args!("{large} {small} {larger}"));
    }

    #[handler]
    fn floats(&self, float: f64) {
        self.hear(format_args!("{float:?}"));
    }

    #[handler]
    fn maybe(&self, number: Option<u8>, #[serde(default)] list: Option<Vec<bool>>) {
        self.hear(format_args!("{number:?} {list:?}"));
    }

    #[handler]
    fn renamed(&self, #[serde(rename = "as")] name: String) {
        self.hear(format_args!("{name:?}"));
    }

    #[handler]
    fn timed(&self, #[serde(with = "milliseconds")] time: Duration) {
        self.hear(format_args!("{time:?}"));
    }

    #[handler]
    fn sets(&self, pairs: BTreeSet<(u8, char)>, units: BTreeMap<i16, Option<()>>) {
        self.hear(format_args!("{pairs:?} {units:?}"));
    }

    #[handler]
    fn whole(&self, #[body] note: Note) {
        self.hear(format_args!("{} {}", note.text, note.secret));
    }

    #[handler]
    fn noted(&self, note: Note) {
        self.hear(format_args!("{} {}", note.text, note.secret));
    }

    #[handler]
    fn lists_as_keys(&self, map: BTreeMap<Vec<u8>, u8>) {
        self.hear(format_args!("{map:?}"));
    }

    /// Fails in one way or another.
    #[handler(reply = "odd")]
    fn fails(&self, #[src] from: NodeId, number: u64) -> mael::Result<Option<u64>> {
        match number % 3 {
            0 => Err(mael::Error::not_supported(format!(
                "{from} asks for {number}"
            ))),
            1 => Ok(Some(number)),
            _ => panic!("{number} is too much"),
        }
    }
}

impl Forms {
    fn hear(&self, what: std::fmt::Arguments<'_>) {
        self.heard.borrow_mut().push(what.to_string());
    }
}

#[test]
fn what_changes_on_its_way_changes_in_any_case() {
    same::<Forms>(workloads::Echo);
    // What `same` compares has been there: what bytes lose is lost.
    let run = simulate::<Forms>(workloads::Echo)
        .nodes(2)
        .rate(5.0)
        .journal()
        .run_seed(0);
    let journal = String::from_utf8(run.journal).unwrap();
    for heard in [
        "18446744073709551615 -9223372036854775808 340282366920938463463374607431768211455",
        "0.30000000000000004",
        "None Some([])",
        "Some(7) None",
        r#"\"\\\"quoted\\\" \\u{7f}\\0\""#,
        "1ms",
        "{(1, 'x')} {-3: None, 4: None}",
    ] {
        assert!(journal.contains(heard), "{heard} in {journal}");
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
