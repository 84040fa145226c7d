//! Logs that are right pass the kafka workload, and each way of being wrong is found by its name,
//! in virtual time.

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

/// How a broker is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Mistake {
    /// The first of every two messages stands after the second.
    Swaps,
    /// Some polls leave out the first message.
    Skips,
    /// Some polls change a message into one that nobody sends.
    Invents,
    /// Polls go on with the message that will probably be next.
    Foresees,
    /// Every node has logs of its own.
    Splits,
}

/// The first node keeps all logs, in memory; the others forward to it.
#[node]
struct Broker {
    id: NodeId,
    nodes: Nodes,
    peers: Peers<Broker>,
    flags: Flags<Options<Mistake>>,
    logs: RefCell<BTreeMap<String, BTreeMap<u64, u64>>>,
    committed: RefCell<Offsets>,
    requests: Cell<u64>,
}

impl Broker {
    /// Whether a mistake that is made now and then is made now.
    fn sometimes(&self, mistake: Mistake) -> bool {
        self.flags.has(mistake) && self.requests.get().is_multiple_of(7)
    }

    /// The node that keeps the logs; None if it is this one.
    fn leader(&self) -> Option<BrokerClient> {
        self.requests.set(self.requests.get() + 1);
        let leader = self.nodes.iter().next()?;
        let elsewhere = *leader != self.id && !self.flags.has(Mistake::Splits);
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
        let offset = match self.flags.has(Mistake::Swaps) {
            true => log.len() as u64 ^ 1,
            false => end,
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
            if self.flags.has(Mistake::Foresees) {
                let next = log.len() as u64;
                found.push((next, next + 1));
            }
            if self.sometimes(Mistake::Skips) && found.len() > 1 {
                found.remove(0);
            }
            if self.sometimes(Mistake::Invents) {
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
fn logs_at_one_node_are_right() {
    busy::<Broker>().seeds(SEEDS).check();
    busy::<Broker>()
        .nemesis([Fault::Partition])
        .nemesis_interval(secs(2))
        .latency(ms(20))
        .seeds(SEEDS)
        .check();
}

#[test]
fn logs_in_a_linearizable_store_are_right_under_all_faults() {
    let faults = [Fault::Partition, Fault::Kill, Fault::Pause];
    busy::<kafka::Kafka>()
        .rate(50.0)
        .nemesis(faults)
        .nemesis_interval(secs(2))
        .seeds(SEEDS)
        .check();
}

/// The names of what makes a run invalid.
fn anomalies(run: &Simulated) -> Vec<String> {
    let workload = run.results.map.get("workload").expect("it was checked");
    let Some(Value::List(names)) = workload.get("bad-error-types") else {
        panic!("anomalies are a list");
    };
    names
        .iter()
        .map(|it| it.name().unwrap_or_default().to_owned())
        .collect()
}

/// Asserts that what is wrong with a node is found by this name, and explained.
fn finds<N: Handlers>(bug: &str, anomaly: &str) {
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
    finds::<kafka::Kafka>("loses-messages", "lost-write");
    finds::<kafka::Kafka>("loses-messages", "unseen");
}

#[test]
fn two_messages_at_one_offset_are_inconsistent() {
    finds::<kafka::Kafka>("writes-without-cas", "inconsistent-offsets");
}

#[test]
fn a_message_at_two_offsets_is_a_duplicate() {
    finds::<kafka::Kafka>("appends-twice", "duplicate");
}

#[test]
fn sends_that_end_up_in_another_order_are_nonmonotonic() {
    finds::<Broker>("swaps", "nonmonotonic-send");
}

#[test]
fn a_refused_message_that_is_there_is_an_aborted_read() {
    finds::<kafka::Kafka>("fails-after-commit", "G1a");
}

#[test]
fn a_poll_that_leaves_out_messages_is_a_skip() {
    finds::<Broker>("skips", "poll-skip");
}

#[test]
fn a_poll_that_goes_back_is_nonmonotonic() {
    finds::<kafka::Kafka>("polls-too-early", "nonmonotonic-poll");
}

#[test]
fn a_poll_in_another_order_is_nonmonotonic_in_itself() {
    finds::<kafka::Kafka>("polls-in-reverse", "int-nonmonotonic-poll");
}

#[test]
fn a_message_that_is_never_shown_is_unseen() {
    finds::<kafka::Kafka>("hides-last", "unseen");
}

#[test]
fn a_message_that_nobody_sent_is_garbage() {
    finds::<Broker>("invents", "garbage-read");
}

#[test]
fn a_message_that_is_polled_before_it_is_sent_is_a_cycle() {
    finds::<Broker>("foresees", "G1c-realtime");
}

#[test]
fn logs_that_differ_from_node_to_node_are_inconsistent() {
    finds::<Broker>("splits", "inconsistent-offsets");
}

#[test]
fn a_broker_that_forgets_when_it_is_killed_is_found() {
    for seed in SEEDS {
        let run = busy::<Broker>()
            .nemesis([Fault::Kill])
            .nemesis_interval(secs(2))
            .run_seed(seed);
        let found = anomalies(&run);
        let forgotten = ["inconsistent-offsets", "unseen"];
        assert!(
            forgotten.iter().any(|it| found.contains(&(*it).to_owned())),
            "{found:?}"
        );
    }
}
