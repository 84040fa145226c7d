//! Nodes that send replies that do not match their requests.

use mael::clap::{self, Parser, ValueEnum};
use mael::node::Handlers;
use mael::prelude::*;
use mael_history::{Validity, Value};
use mael_sim::simulation::{Simulated, Simulation, secs};
use mael_sim::{simulate, workloads};
use mael_tests::planted::nodes::SharedWorkload;

/// A node that sends the reply of a row of the table.
pub(crate) struct Node {
    pub(crate) workload: &'static str,
    pub(crate) request: &'static str,
    pub(crate) reply: &'static str,
    /// The finding of stricter checks, or the anomaly that Maelstrom reports.
    finding: Finding,
    run: fn() -> Simulated,
}

/// The checks that find a wrong reply, and the name of the anomaly.
#[derive(Clone, Copy, Debug)]
enum Finding {
    Stricter(&'static str),
    Maelstrom(&'static str),
}

use Finding::{Maelstrom, Stricter};

/// The wrong replies that a node can send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum WrongReply {
    Null,
    Garbage,
    Duplicate,
    Future,
    FailsAfterCommit,
    NegativeOffset,
    UnrequestedKey,
    ListsUnrequestedKeys,
    ListsOtherOffsets,
    NoSteps,
    MoreSteps,
    OtherFunctions,
    OtherKeys,
    OtherValues,
    NextValue,
}

#[derive(Parser)]
struct Options {
    #[arg(long, value_enum)]
    wrong_reply: WrongReply,
}

/// Runs one node that sends a wrong reply, for 5 s.
fn run<N: Handlers>(workload: impl SharedWorkload, wrong_reply: WrongReply) -> Simulated {
    one_node::<N>(workload, wrong_reply).run_seed(1)
}

fn one_node<N: Handlers>(workload: impl SharedWorkload, wrong_reply: WrongReply) -> Simulation<N> {
    // In a transaction that reads its own writes, Maelstrom detects a garbage value.
    let steps = if wrong_reply == WrongReply::Garbage {
        1
    } else {
        4
    };
    let wrong_reply = wrong_reply
        .to_possible_value()
        .expect("no variant has `#[value(skip)]`");
    simulate::<N>(workload)
        .nodes(1)
        .concurrency(2)
        .rate(100.0)
        .time_limit(secs(5))
        .recovery(secs(1))
        .options(|options| {
            options.key_count = Some(1);
            options.max_txn_length = steps;
        })
        .args(["--wrong-reply", wrong_reply.get_name()])
}

const fn node(
    workload: &'static str,
    request: &'static str,
    reply: &'static str,
    finding: Finding,
    run: fn() -> Simulated,
) -> Node {
    Node {
        workload,
        request,
        reply,
        finding,
        run,
    }
}

/// The nodes, each for a row of the table.
#[rustfmt::skip]
pub(crate) const NODES: &[Node] = &[
    node("echo", "echo", "another text", Maelstrom("wrong-echo"),
        || run::<Echo>(workloads::Echo, WrongReply::Garbage)),
    node("unique-ids", "generate", "an id that was returned before", Maelstrom("duplicated"),
        || run::<Ids>(workloads::UniqueIds, WrongReply::Duplicate)),
    node("unique-ids", "generate", "null", Stricter("nil-id"),
        || run::<Ids>(workloads::UniqueIds, WrongReply::Null)),
    node("broadcast", "read", "a message that was never broadcast", Stricter("garbage-read"),
        || run::<Messages>(workloads::Broadcast, WrongReply::Garbage)),
    node("broadcast", "read", "a message more than once", Stricter("duplicate-elements"),
        || run::<Messages>(workloads::Broadcast, WrongReply::Duplicate)),
    node("broadcast", "read", "a message that is broadcast later", Stricter("future-read"),
        || run::<Messages>(workloads::Broadcast, WrongReply::Future)),
    node("broadcast", "read", "a message whose broadcast failed", Stricter("G1a"),
        || run::<Messages>(workloads::Broadcast, WrongReply::FailsAfterCommit)),
    node("g-set", "read", "an element that was never added", Stricter("garbage-read"),
        || run::<Elements>(workloads::GSet, WrongReply::Garbage)),
    node("g-set", "read", "an element more than once", Stricter("duplicate-elements"),
        || run::<Elements>(workloads::GSet, WrongReply::Duplicate)),
    node("g-set", "read", "an element that is added later", Stricter("future-read"),
        || run::<Elements>(workloads::GSet, WrongReply::Future)),
    node("g-counter", "read", "before the end, an impossible sum", Stricter("garbage-read"),
        || run::<Counter>(workloads::GCounter, WrongReply::Garbage)),
    node("g-counter", "read", "before the end, a sum of additions that are invoked later", Stricter("future-read"),
        || run::<Counter>(workloads::GCounter, WrongReply::Future)),
    node("pn-counter", "read", "before the end, an impossible sum", Stricter("garbage-read"),
        || run::<Counter>(workloads::PnCounter, WrongReply::Garbage)),
    node("pn-counter", "read", "before the end, a sum of additions that are invoked later", Stricter("future-read"),
        || run::<Counter>(workloads::PnCounter, WrongReply::Future)),
    node("g-counter", "read", "at the end, an impossible sum", Maelstrom("wrong-final-read"),
        || run::<Counter>(workloads::GCounter, WrongReply::Duplicate)),
    node("pn-counter", "read", "at the end, an impossible sum", Maelstrom("wrong-final-read"),
        || run::<Counter>(workloads::PnCounter, WrongReply::Duplicate)),
    node("lin-kv", "read", "a value that was never written", Maelstrom("not-linearizable"),
        || run::<Registers>(workloads::LinKv, WrongReply::Garbage)),
    node("lin-kv", "read", "null, of a key that has a value", Stricter("missing-value"),
        || run::<Registers>(workloads::LinKv, WrongReply::Null)),
    node("kafka", "send", "a negative offset", Stricter("negative-offset"),
        || run::<Logs>(workloads::Kafka, WrongReply::NegativeOffset)),
    node("kafka", "poll", "a key that was not requested", Stricter("unrequested-key"),
        || run::<Logs>(workloads::Kafka, WrongReply::UnrequestedKey)),
    node("kafka", "poll", "a message that was never sent", Maelstrom("garbage-read"),
        || run::<Logs>(workloads::Kafka, WrongReply::Garbage)),
    node("kafka", "list_committed_offsets", "a key that was not requested", Stricter("unrequested-key"),
        || run::<Logs>(workloads::Kafka, WrongReply::ListsUnrequestedKeys)),
    node("kafka", "list_committed_offsets", "an offset that was never committed", Stricter("garbage-offset"),
        || run::<Logs>(workloads::Kafka, WrongReply::ListsOtherOffsets)),
    node("txn-list-append", "txn", "no micro-operations", Stricter("mismatched-reply"),
        || run::<Lists>(workloads::TxnListAppend, WrongReply::NoSteps)),
    node("txn-list-append", "txn", "more micro-operations", Stricter("mismatched-reply"),
        || run::<Lists>(workloads::TxnListAppend, WrongReply::MoreSteps)),
    node("txn-list-append", "txn", "other functions", Stricter("mismatched-reply"),
        || run::<Lists>(workloads::TxnListAppend, WrongReply::OtherFunctions)),
    node("txn-list-append", "txn", "other keys", Stricter("mismatched-reply"),
        || run::<Lists>(workloads::TxnListAppend, WrongReply::OtherKeys)),
    node("txn-list-append", "txn", "other written values", Stricter("mismatched-reply"),
        || run::<Lists>(workloads::TxnListAppend, WrongReply::OtherValues)),
    node("txn-list-append", "txn", "an element that was never appended", Maelstrom("garbage-read"),
        || run::<Lists>(workloads::TxnListAppend, WrongReply::Garbage)),
    node("txn-list-append", "txn", "an element that is appended later", Maelstrom("G1c-realtime"),
        || run::<Lists>(workloads::TxnListAppend, WrongReply::NextValue)),
    node("txn-rw-register", "txn", "no micro-operations", Stricter("mismatched-reply"),
        || run::<Lists>(workloads::TxnRwRegister, WrongReply::NoSteps)),
    node("txn-rw-register", "txn", "more micro-operations", Stricter("mismatched-reply"),
        || run::<Lists>(workloads::TxnRwRegister, WrongReply::MoreSteps)),
    node("txn-rw-register", "txn", "other functions", Stricter("mismatched-reply"),
        || run::<Lists>(workloads::TxnRwRegister, WrongReply::OtherFunctions)),
    node("txn-rw-register", "txn", "other keys", Stricter("mismatched-reply"),
        || run::<Lists>(workloads::TxnRwRegister, WrongReply::OtherKeys)),
    node("txn-rw-register", "txn", "other written values", Stricter("mismatched-reply"),
        || run::<Lists>(workloads::TxnRwRegister, WrongReply::OtherValues)),
    node("txn-rw-register", "txn", "a value that was never written", Stricter("garbage-read"),
        || run::<Lists>(workloads::TxnRwRegister, WrongReply::Garbage)),
    node("txn-rw-register", "txn", "a value that another transaction writes later", Maelstrom("G1c-realtime"),
        || run::<Lists>(workloads::TxnRwRegister, WrongReply::NextValue)),
];

#[test]
fn each_node_fails_maelstroms_checks_or_a_strict_run() {
    for node in NODES {
        let run = (node.run)();
        let name = format!("{}: {}", node.workload, node.reply);
        let results = &run.results;
        assert_eq!(run.record.error, None, "{name}");
        let (valid, finding) = match node.finding {
            Maelstrom(finding) => (Validity::False, finding),
            Stricter(finding) => (Validity::True, finding),
        };
        assert_eq!(results.valid, valid, "{name}: {:?}", results.explanation);
        let found = results.stricter();
        if matches!(node.finding, Stricter(_)) {
            assert!(
                found.iter().any(|(found, _)| *found == finding),
                "{name}: {found:?}"
            );
        }
        assert!(results.strict && !run.passed(), "{name}");
        assert!(
            run.anomalies().contains(finding),
            "{name}: {:?}",
            run.anomalies()
        );
    }
}

#[test]
fn a_run_that_is_not_strict_passes() {
    let lenient = || one_node::<Elements>(workloads::GSet, WrongReply::Garbage).strict(false);
    lenient().seeds(0..3).check();
    let run = lenient().run_seed(1);
    assert!(run.passed() && run.anomalies().is_empty());
    assert!(!run.results.stricter().is_empty());
}

#[test]
fn a_strict_check_reports_the_finding_and_shrinks_the_run() {
    let check = || {
        one_node::<Elements>(workloads::GSet, WrongReply::Duplicate)
            .seeds(0..3)
            .check();
    };
    let panic = std::panic::catch_unwind(check).unwrap_err();
    let text = *panic.downcast::<String>().unwrap();
    assert!(text.contains("seed 0 fails: duplicate-elements"), "{text}");
    assert!(text.contains("more than once"), "{text}");
    let strict = one_node::<Elements>(workloads::GSet, WrongReply::Duplicate);
    let run = strict.run_seed(0);
    let shrunk = strict.shrink(&run, run.anomalies()).unwrap();
    assert!(shrunk.plan.schedule.operations.len() <= 2, "{shrunk}");
    assert!(
        strict
            .run_plan(&shrunk.plan)
            .anomalies()
            .contains("duplicate-elements")
    );
}

#[node]
struct Echo {
    flags: Flags<Options>,
}

#[handlers]
impl Echo {
    #[handler(reply = "echo")]
    fn echo(&self, echo: String) -> String {
        match self.flags.wrong_reply {
            WrongReply::Garbage => echo.to_uppercase(),
            _ => echo,
        }
    }
}

/// The third id is null, or repeats the second one.
#[node]
struct Ids {
    flags: Flags<Options>,
    made: Cell<u64>,
}

#[handlers]
impl Ids {
    #[handler(reply = "id")]
    fn generate(&self) -> Option<u64> {
        self.made.set(self.made.get() + 1);
        match (self.made.get(), self.flags.wrong_reply) {
            (3, WrongReply::Null) => None,
            (3, WrongReply::Duplicate) => Some(2),
            (made, _) => Some(made),
        }
    }
}

/// Returns the elements that a set returns. Its elements are 0, 1, 2, ...
fn returned(elements: &[u64], wrong_reply: WrongReply) -> Vec<u64> {
    let mut returned = elements.to_vec();
    match wrong_reply {
        WrongReply::Garbage => returned.push(1_000_000 + elements.len() as u64),
        WrongReply::Duplicate => returned.extend(elements.first()),
        WrongReply::Future => returned.push(elements.iter().max().map_or(0, |last| last + 1)),
        _ => {}
    }
    returned
}

#[node]
struct Messages {
    flags: Flags<Options>,
    messages: RefCell<Vec<u64>>,
}

#[handlers]
impl Messages {
    #[handler]
    fn broadcast(&self, message: u64) -> mael::Result<()> {
        self.messages.borrow_mut().push(message);
        match self.flags.wrong_reply {
            WrongReply::FailsAfterCommit if message.is_multiple_of(5) => Err(mael::Error::new(
                ErrorCode::Abort,
                "stored, although it reports a failure",
            )),
            _ => Ok(()),
        }
    }

    #[handler(reply = "messages")]
    fn read(&self) -> Vec<u64> {
        returned(&self.messages.borrow(), self.flags.wrong_reply)
    }
}

#[node]
struct Elements {
    flags: Flags<Options>,
    elements: RefCell<Vec<u64>>,
}

#[handlers]
impl Elements {
    #[handler]
    fn add(&self, element: u64) {
        self.elements.borrow_mut().push(element);
    }

    #[handler(reply = "value")]
    fn read(&self) -> Vec<u64> {
        returned(&self.elements.borrow(), self.flags.wrong_reply)
    }
}

/// A counter whose first reads, or all reads, are wrong.
#[node]
struct Counter {
    flags: Flags<Options>,
    value: Cell<i64>,
    reads: Cell<u32>,
}

#[handlers]
impl Counter {
    #[handler]
    fn add(&self, delta: i64) {
        self.value.set(self.value.get() + delta);
    }

    #[handler(reply = "value")]
    fn read(&self) -> i64 {
        self.reads.set(self.reads.get() + 1);
        match self.flags.wrong_reply {
            WrongReply::Garbage if self.reads.get() <= 3 => 1_000_000,
            WrongReply::Future if self.reads.get() <= 1 => 20,
            WrongReply::Duplicate => self.value.get() + 1,
            _ => self.value.get(),
        }
    }
}

/// A store whose reads return null, or a value that was never written.
#[node]
struct Registers {
    flags: Flags<Options>,
    values: RefCell<BTreeMap<u64, u64>>,
}

#[handlers]
impl Registers {
    #[handler(reply = "value")]
    fn read(&self, key: u64) -> Option<u64> {
        match self.flags.wrong_reply {
            WrongReply::Null => None,
            WrongReply::Garbage => Some(1_000_000),
            _ => self.values.borrow().get(&key).copied(),
        }
    }

    #[handler]
    fn write(&self, key: u64, value: u64) {
        self.values.borrow_mut().insert(key, value);
    }

    #[handler]
    fn cas(&self, key: u64, from: u64, to: u64) -> mael::Result<()> {
        match self.values.borrow_mut().get_mut(&key) {
            None => Err(mael::Error::new(ErrorCode::KeyDoesNotExist, "no such key")),
            Some(value) if *value == from => {
                *value = to;
                Ok(())
            }
            Some(_) => Err(mael::Error::new(
                ErrorCode::PreconditionFailed,
                "the current value differs",
            )),
        }
    }
}

/// Logs whose offsets start at 0, or at -1.
#[node]
struct Logs {
    flags: Flags<Options>,
    logs: RefCell<BTreeMap<String, Vec<u64>>>,
    committed: RefCell<BTreeMap<String, i64>>,
}

type Polled = BTreeMap<String, Vec<(i64, u64)>>;

impl Logs {
    fn first(&self) -> i64 {
        if self.flags.wrong_reply == WrongReply::NegativeOffset {
            -1
        } else {
            0
        }
    }

    /// Returns the messages of a log starting at an offset. A new consumer gets the whole log with
    /// at least two messages, so that it continues after the first offset.
    fn from(&self, key: &str, offset: i64) -> Vec<(i64, u64)> {
        let logs = self.logs.borrow();
        let log = logs.get(key).map_or(&[][..], Vec::as_slice);
        let offset = if offset == 0 { self.first() } else { offset };
        if offset < 0 && log.len() < 2 {
            return Vec::new();
        }
        let invented = (self.flags.wrong_reply == WrongReply::Garbage).then_some(1_000_000);
        let entries = (self.first()..).zip(log.iter().copied().chain(invented));
        entries.filter(|(it, _)| *it >= offset).collect()
    }
}

#[handlers]
impl Logs {
    #[handler(reply = "offset")]
    fn send(&self, key: String, msg: u64) -> i64 {
        let mut logs = self.logs.borrow_mut();
        let log = logs.entry(key).or_default();
        log.push(msg);
        log.len() as i64 - 1 + self.first()
    }

    #[handler(reply = "msgs")]
    fn poll(&self, offsets: BTreeMap<String, i64>) -> Polled {
        let mut offsets = offsets;
        if self.flags.wrong_reply == WrongReply::UnrequestedKey {
            for key in self.logs.borrow().keys() {
                offsets.entry(key.clone()).or_default();
            }
        }
        let polled = offsets.into_iter().map(|(key, offset)| {
            let messages = self.from(&key, offset);
            (key, messages)
        });
        polled
            .filter(|(_, messages)| !messages.is_empty())
            .collect()
    }

    #[handler]
    fn commit_offsets(&self, offsets: BTreeMap<String, i64>) {
        let mut committed = self.committed.borrow_mut();
        for (key, offset) in offsets {
            let highest = committed.entry(key).or_insert(offset);
            *highest = offset.max(*highest);
        }
    }

    #[handler(reply = "offsets")]
    fn list_committed_offsets(&self, keys: Vec<String>) -> BTreeMap<String, i64> {
        let committed = self.committed.borrow();
        match self.flags.wrong_reply {
            WrongReply::ListsUnrequestedKeys => committed.clone(),
            WrongReply::ListsOtherOffsets => keys.into_iter().map(|key| (key, 5000)).collect(),
            _ => {
                let listed = keys.into_iter();
                let listed = listed.filter_map(|key| Some((key.clone(), *committed.get(&key)?)));
                listed.collect()
            }
        }
    }
}

/// A store of lists and registers with transactions.
#[node]
struct Lists {
    flags: Flags<Options>,
    keys: RefCell<BTreeMap<i64, Value>>,
    newest: RefCell<BTreeMap<i64, i64>>,
    garbage_count: Cell<i64>,
}

/// A micro-operation in a request and in a reply.
type Step = (String, i64, Option<i64>);
type Answer = (String, i64, Value);

impl Lists {
    /// Returns a unique number.
    fn unique_value(&self) -> Value {
        self.garbage_count.set(self.garbage_count.get() + 1);
        Value::from(1_000_000 + self.garbage_count.get())
    }

    /// Returns the next value that is written to a key: its values are 1, 2, 3, ...
    fn next_value(&self, key: i64) -> Value {
        let newest = self.newest.borrow();
        Value::from(newest.get(&key).map_or(1, |newest| newest + 1))
    }

    fn step(&self, (f, key, value): Step) -> Answer {
        let wrong_reply = self.flags.wrong_reply;
        let returned = if wrong_reply == WrongReply::OtherKeys {
            key + 1000
        } else {
            key
        };
        let mut keys = self.keys.borrow_mut();
        let Some(value) = value else {
            let state = keys.get(&key).cloned().unwrap_or_default();
            let read = match (wrong_reply, &state) {
                (WrongReply::Garbage, Value::List(elements)) => {
                    Value::List([&elements[..], &[self.unique_value()]].concat())
                }
                (WrongReply::Garbage, Value::Int(_)) => self.unique_value(),
                (WrongReply::NextValue, Value::List(elements)) => {
                    Value::List([&elements[..], &[self.next_value(key)]].concat())
                }
                (WrongReply::NextValue, Value::Int(_)) => self.next_value(key),
                _ => state,
            };
            return (f, returned, read);
        };
        self.newest.borrow_mut().insert(key, value);
        let written = Value::from(if wrong_reply == WrongReply::OtherValues {
            value + 1000
        } else {
            value
        });
        let state = keys.entry(key).or_default();
        if f == "append" {
            let elements = state.items().cloned().chain([written.clone()]);
            *state = Value::List(elements.collect());
        } else {
            *state = written.clone();
        }
        (f, returned, written)
    }
}

#[handlers]
impl Lists {
    #[handler(reply = "txn")]
    fn txn(&self, txn: Vec<Step>) -> Vec<Answer> {
        let write = txn.iter().find(|(f, ..)| f != "r").map(|(f, ..)| f.clone());
        let mut steps: Vec<Answer> = txn.into_iter().map(|step| self.step(step)).collect();
        match self.flags.wrong_reply {
            WrongReply::NoSteps => steps.clear(),
            WrongReply::MoreSteps => steps.push(("r".to_owned(), 1_000_000, Value::Nil)),
            WrongReply::OtherFunctions => {
                for step in steps.iter_mut().filter(|(f, ..)| f == "r") {
                    if let Some(write) = &write {
                        *step = (write.clone(), 1_000_000, self.unique_value());
                    }
                }
            }
            _ => {}
        }
        steps
    }
}
