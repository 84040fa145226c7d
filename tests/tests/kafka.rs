//! Logs that are right pass the kafka workload, and each way of being wrong is found by its name,
//! in virtual time.

use std::ops::Range;

use mael::clap::{self, ValueEnum};
use mael::prelude::*;
use mael_workbench::simulation::{Simulated, Simulation, ms, secs};
use mael_workbench::workloads::Kafka;
use mael_workbench::{Fault, Validity, Value, simulate};

type Messages = BTreeMap<String, Vec<(u64, u64)>>;
type Offsets = BTreeMap<String, u64>;

/// How a broker is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Mistake {
    /// It isn't.
    None,
    /// Some messages are acknowledged, and gone.
    Loses,
    /// Some messages take the place of the one before.
    Overwrites,
    /// Some messages are stored twice.
    Doubles,
    /// The first of every two messages stands after the second.
    Swaps,
    /// Some messages are refused, and stored nevertheless.
    Lies,
    /// Some polls leave out the first message.
    Skips,
    /// Some polls begin two messages too early.
    Repeats,
    /// Some polls turn the messages round.
    Reverses,
    /// Polls never show the newest message.
    Withholds,
    /// Some polls change a message into one that nobody sends.
    Invents,
    /// Polls go on with the message that will probably be next.
    Foresees,
    /// Every node has logs of its own.
    Splits,
}

#[derive(clap::Parser)]
struct Options {
    #[arg(long, default_value = "none")]
    mistake: Mistake,
}

/// The first node keeps all logs, in memory; the others forward to it.
#[node]
struct Broker {
    id: NodeId,
    nodes: Nodes,
    peers: Peers<Broker>,
    flags: Flags<Options>,
    logs: RefCell<BTreeMap<String, BTreeMap<u64, u64>>>,
    committed: RefCell<Offsets>,
    requests: Cell<u64>,
}

impl Broker {
    fn makes(&self, mistake: Mistake) -> bool {
        self.flags.mistake == mistake
    }

    /// Whether a mistake that is made now and then is made now.
    fn sometimes(&self, mistake: Mistake) -> bool {
        self.makes(mistake) && self.requests.get().is_multiple_of(7)
    }

    /// The node that keeps the logs; None if it is this one.
    fn leader(&self) -> Option<BrokerClient> {
        self.requests.set(self.requests.get() + 1);
        let leader = self.nodes.iter().next()?;
        let elsewhere = *leader != self.id && !self.makes(Mistake::Splits);
        elsewhere.then(|| self.peers.get(leader.clone()))
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
        let offset = match self.flags.mistake {
            Mistake::Swaps => log.len() as u64 ^ 1,
            Mistake::Overwrites if self.sometimes(Mistake::Overwrites) => end.saturating_sub(1),
            _ => end,
        };
        if self.sometimes(Mistake::Loses) {
            // The offset is not given away again.
            log.insert(offset + 1, u64::MAX);
            return Ok(offset);
        }
        log.insert(offset, msg);
        if self.sometimes(Mistake::Doubles) {
            log.insert(offset + 1, msg);
        }
        if self.sometimes(Mistake::Lies) {
            return Err(Error::new(ErrorCode::Abort, "refused"));
        }
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
            let back = if self.sometimes(Mistake::Repeats) {
                2
            } else {
                0
            };
            let from = offset.saturating_sub(back);
            let stored = log.range(from..).filter(|(_, msg)| **msg != u64::MAX);
            let mut found: Vec<_> = stored.map(|(offset, msg)| (*offset, *msg)).collect();
            match self.flags.mistake {
                Mistake::Skips if self.sometimes(Mistake::Skips) && found.len() > 1 => {
                    found.remove(0);
                }
                Mistake::Reverses if self.sometimes(Mistake::Reverses) => found.reverse(),
                Mistake::Withholds => {
                    found.pop();
                }
                Mistake::Foresees => {
                    let next = log.len() as u64;
                    found.push((next, next + 1));
                }
                Mistake::Invents if self.sometimes(Mistake::Invents) => {
                    for (_, msg) in &mut found {
                        *msg += 1000;
                    }
                }
                _ => {}
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

/// Every node keeps all logs in lin-kv, each below one key.
#[node]
struct Stateless {
    kv: LinKv,
}

#[handlers]
impl Stateless {
    #[handler(type = "send", reply = "offset")]
    async fn append(&self, key: String, msg: u64) -> mael::Result<u64> {
        let offset = Cell::new(0);
        let push = |log: Option<Vec<u64>>| {
            let mut log = log.unwrap_or_default();
            offset.set(log.len() as u64);
            log.push(msg);
            log
        };
        self.kv.update(format!("log/{key}"), push).await?;
        Ok(offset.get())
    }

    #[handler(type = "poll", reply = "msgs")]
    async fn poll(&self, offsets: Offsets) -> mael::Result<Messages> {
        let mut msgs = Messages::new();
        for (key, offset) in offsets {
            let log: Option<Vec<u64>> = self.kv.read(format!("log/{key}")).await?;
            let entries = (0..).zip(log.unwrap_or_default());
            let wanted: Vec<_> = entries.filter(|(at, _)| *at >= offset).collect();
            if !wanted.is_empty() {
                msgs.insert(key, wanted);
            }
        }
        Ok(msgs)
    }

    #[handler(type = "commit_offsets")]
    async fn commit(&self, offsets: Offsets) -> mael::Result<()> {
        for (key, offset) in offsets {
            let highest = |old: Option<u64>| old.unwrap_or(0).max(offset);
            self.kv.update(format!("committed/{key}"), highest).await?;
        }
        Ok(())
    }

    #[handler(type = "list_committed_offsets", reply = "offsets")]
    async fn committed(&self, keys: Vec<String>) -> mael::Result<Offsets> {
        let mut offsets = Offsets::new();
        for key in keys {
            if let Some(offset) = self.kv.read(format!("committed/{key}")).await? {
                offsets.insert(key, offset);
            }
        }
        Ok(offsets)
    }
}

fn busy<N: mael::node::Handlers>() -> Simulation<N> {
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
    busy::<Stateless>()
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

/// Runs a broker that makes a mistake, which must be found by this name, and explained.
fn finds(mistake: &str, anomaly: &str) {
    for seed in SEEDS {
        let run = busy::<Broker>().args(["--mistake", mistake]).run_seed(seed);
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
    finds("loses", "lost-write");
    finds("loses", "unseen");
}

#[test]
fn two_messages_at_one_offset_are_inconsistent() {
    finds("overwrites", "inconsistent-offsets");
}

#[test]
fn a_message_at_two_offsets_is_a_duplicate() {
    finds("doubles", "duplicate");
}

#[test]
fn sends_that_end_up_in_another_order_are_nonmonotonic() {
    finds("swaps", "nonmonotonic-send");
}

#[test]
fn a_refused_message_that_is_there_is_an_aborted_read() {
    finds("lies", "G1a");
}

#[test]
fn a_poll_that_leaves_out_messages_is_a_skip() {
    finds("skips", "poll-skip");
}

#[test]
fn a_poll_that_goes_back_is_nonmonotonic() {
    finds("repeats", "nonmonotonic-poll");
}

#[test]
fn a_poll_in_another_order_is_nonmonotonic_in_itself() {
    finds("reverses", "int-nonmonotonic-poll");
}

#[test]
fn a_message_that_is_never_shown_is_unseen() {
    finds("withholds", "unseen");
}

#[test]
fn a_message_that_nobody_sent_is_garbage() {
    finds("invents", "garbage-read");
}

#[test]
fn a_message_that_is_polled_before_it_is_sent_is_a_cycle() {
    finds("foresees", "G1c-realtime");
}

#[test]
fn logs_that_differ_from_node_to_node_are_inconsistent() {
    finds("splits", "inconsistent-offsets");
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
