//! Tests the kafka workload in virtual time: correct logs pass, and each bug is found as its
//! anomaly.

use std::ops::Range;

use mael::clap::{self, ValueEnum};
use mael::node::Handlers;
use mael::prelude::*;
use mael_history::{Validity, Value};
use mael_sim::simulation::{Simulated, Simulation, ms, secs};
use mael_sim::workloads::Kafka;
use mael_sim::{Fault, simulate};
use mael_tests::reference::{Options, kafka};

type Messages = BTreeMap<String, Vec<(u64, u64)>>;
type Offsets = BTreeMap<String, u64>;

/// The bugs of a broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum BrokerBug {
    /// Every two messages are stored in reverse order.
    ReordersSends,
    /// Some polls omit the first message.
    SkipsMessages,
    /// Some polls return messages that were never sent.
    ReturnsGarbage,
    /// Polls return the message that will probably be sent next.
    PollsAhead,
    /// Each node has its own logs.
    SplitsLogs,
}

/// The first node stores all logs in memory; the others forward requests to it.
#[node]
struct Broker {
    id: NodeId,
    nodes: Nodes,
    peers: Peers<Broker>,
    flags: Flags<Options<BrokerBug>>,
    logs: RefCell<BTreeMap<String, BTreeMap<u64, u64>>>,
    committed: RefCell<Offsets>,
    requests: Cell<u64>,
}

impl Broker {
    /// Returns true on every seventh request if the node has this bug.
    fn sometimes(&self, bug: BrokerBug) -> bool {
        self.flags.has(bug) && self.requests.get().is_multiple_of(7)
    }

    /// The node that stores the logs; `None` if it is this one.
    fn leader(&self) -> Option<BrokerClient> {
        self.requests.set(self.requests.get() + 1);
        let leader = self.nodes.iter().next()?;
        let elsewhere = *leader != self.id && !self.flags.has(BrokerBug::SplitsLogs);
        elsewhere.then(|| self.peers.client(leader.clone()))
    }
}

#[handlers]
impl Broker {
    #[handler(type = "send", reply = "offset")]
    async fn append(&self, key: String, msg: u64) -> mael::Result<u64> {
        if let Some(leader) = self.leader() {
            return leader.append(key, msg).await;
        }
        let mut logs = self.logs.borrow_mut();
        let log = logs.entry(key).or_default();
        let end = log.last_key_value().map_or(0, |(offset, _)| offset + 1);
        let offset = if self.flags.has(BrokerBug::ReordersSends) {
            log.len() as u64 ^ 1
        } else {
            end
        };
        log.insert(offset, msg);
        Ok(offset)
    }

    #[handler(type = "poll", reply = "msgs")]
    async fn poll(&self, offsets: Offsets) -> mael::Result<Messages> {
        if let Some(leader) = self.leader() {
            return leader.poll(offsets).await;
        }
        let logs = self.logs.borrow();
        let mut msgs = Messages::new();
        for (key, offset) in offsets {
            let Some(log) = logs.get(&key) else { continue };
            let stored = log.range(offset..);
            let mut found: Vec<_> = stored.map(|(offset, msg)| (*offset, *msg)).collect();
            if self.flags.has(BrokerBug::PollsAhead) {
                let next = log.len() as u64;
                found.push((next, next + 1));
            }
            if self.sometimes(BrokerBug::SkipsMessages) && found.len() > 1 {
                found.remove(0);
            }
            if self.sometimes(BrokerBug::ReturnsGarbage) {
                for (_, msg) in &mut found {
                    *msg += 1000;
                }
            }
            if !found.is_empty() {
                msgs.insert(key, found);
            }
        }
        Ok(msgs)
    }

    #[handler(type = "commit_offsets")]
    async fn commit(&self, offsets: Offsets) -> mael::Result<()> {
        if let Some(leader) = self.leader() {
            return leader.commit(offsets).await;
        }
        self.committed.borrow_mut().extend(offsets);
        Ok(())
    }

    #[handler(type = "list_committed_offsets", reply = "offsets")]
    async fn committed(&self, keys: Vec<String>) -> mael::Result<Offsets> {
        if let Some(leader) = self.leader() {
            return leader.committed(keys).await;
        }
        let committed = self.committed.borrow();
        let known = keys.into_iter().filter_map(|key| {
            let offset = *committed.get(&key)?;
            Some((key, offset))
        });
        Ok(known.collect())
    }
}

fn busy<N: Handlers>() -> Simulation<N> {
    simulate::<N>(Kafka)
        .nodes(2)
        .concurrency(4)
        .rate(100.0)
        .time_limit(secs(10))
}

const SEEDS: Range<u64> = 0..4;

#[test]
fn logs_on_one_node_are_valid() {
    busy::<Broker>().seeds(SEEDS).check();
    busy::<Broker>()
        .nemesis([Fault::Partition])
        .nemesis_interval(secs(2))
        .latency(ms(20))
        .seeds(SEEDS)
        .check();
}

#[test]
fn logs_in_a_linearizable_store_are_valid_under_all_faults() {
    let faults = [Fault::Partition, Fault::Kill, Fault::Pause];
    busy::<kafka::Kafka>()
        .rate(50.0)
        .nemesis(faults)
        .nemesis_interval(secs(2))
        .seeds(SEEDS)
        .check();
}

/// Returns the anomalies that make a run invalid.
fn anomalies(run: &Simulated) -> Vec<String> {
    let workload = run
        .results
        .map
        .get("workload")
        .expect("the workload was checked");
    let Some(Value::List(names)) = workload.get("bad-error-types") else {
        panic!("`bad-error-types` is not a list");
    };
    names
        .iter()
        .map(|it| it.name().unwrap_or_default().to_owned())
        .collect()
}

/// Asserts that a bug is found as this anomaly, and explained.
fn assert_found<N: Handlers>(bug: &str, anomaly: &str) {
    for seed in SEEDS {
        let run = busy::<N>().args(["--bug", bug]).run_seed(seed);
        let found = anomalies(&run);
        assert!(
            found.iter().any(|it| it == anomaly),
            "seed {seed}: {found:?}"
        );
        assert_eq!(run.results.valid, Validity::False);
        let prefix = format!("{anomaly}: ");
        let explained = |(_, text): &(_, String)| text.starts_with(&prefix);
        assert!(run.results.explanation.iter().any(explained));
    }
}

#[test]
fn a_lost_message_is_a_lost_write() {
    assert_found::<kafka::Kafka>("loses-messages", "lost-write");
    assert_found::<kafka::Kafka>("loses-messages", "unseen");
}

#[test]
fn two_messages_at_one_offset_are_inconsistent() {
    assert_found::<kafka::Kafka>("writes-without-cas", "inconsistent-offsets");
}

#[test]
fn a_message_at_two_offsets_is_a_duplicate() {
    assert_found::<kafka::Kafka>("appends-twice", "duplicate");
}

#[test]
fn reordered_sends_are_nonmonotonic() {
    assert_found::<Broker>("reorders-sends", "nonmonotonic-send");
}

#[test]
fn a_failed_send_that_is_polled_is_an_aborted_read() {
    assert_found::<kafka::Kafka>("fails-after-commit", "G1a");
}

#[test]
fn a_poll_that_omits_messages_is_a_skip() {
    assert_found::<Broker>("skips-messages", "poll-skip");
}

#[test]
fn a_poll_that_goes_back_is_nonmonotonic() {
    assert_found::<kafka::Kafka>("polls-too-early", "nonmonotonic-poll");
}

#[test]
fn a_reordered_poll_is_internally_nonmonotonic() {
    assert_found::<kafka::Kafka>("polls-in-reverse", "int-nonmonotonic-poll");
}

#[test]
fn a_message_that_is_never_polled_is_unseen() {
    assert_found::<kafka::Kafka>("hides-last", "unseen");
}

#[test]
fn a_message_that_was_never_sent_is_garbage() {
    assert_found::<Broker>("returns-garbage", "garbage-read");
}

#[test]
fn a_message_that_is_polled_before_it_is_sent_is_a_cycle() {
    assert_found::<Broker>("polls-ahead", "G1c-realtime");
}

#[test]
fn logs_that_differ_from_node_to_node_are_inconsistent() {
    assert_found::<Broker>("splits-logs", "inconsistent-offsets");
}

#[test]
fn a_broker_that_loses_its_logs_when_killed_is_found() {
    for seed in SEEDS {
        let run = busy::<Broker>()
            .nemesis([Fault::Kill])
            .nemesis_interval(secs(2))
            .run_seed(seed);
        let found = anomalies(&run);
        let expected = ["inconsistent-offsets", "unseen"];
        assert!(
            expected.iter().any(|it| found.contains(&(*it).to_owned())),
            "{found:?}"
        );
    }
}
