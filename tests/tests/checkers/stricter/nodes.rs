//! Nodes that send replies which do not answer their requests.

use mael::clap::{self, Parser, ValueEnum};
use mael::node::Handlers;
use mael::prelude::*;
use mael_history::{Validity, Value};
use mael_sim::simulation::{Simulated, Simulation, secs};
use mael_sim::{simulate, workloads};
use mael_tests::planted::nodes::Known;

/// A node that sends the reply of a row.
pub(crate) struct Node {
    pub(crate) workload: &'static str,
    pub(crate) request: &'static str,
    pub(crate) reply: &'static str,
    /// What stricter checks find, or else the anomaly that the original finds.
    finding: Finding,
    run: fn() -> Simulated,
}

/// Who finds that a reply is wrong, and how it is called.
#[derive(Clone, Copy, Debug)]
enum Finding {
    Stricter(&'static str),
    Original(&'static str),
}

use Finding::{Original, Stricter};

/// What a node answers wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Lie {
    Null,
    Invents,
    Repeats,
    Foresees,
    DeniesSuccess,
    Negative,
    UnrequestedKey,
    ListsUnrequestedKeys,
    ListsOtherOffsets,
    NoSteps,
    MoreSteps,
    OtherFunctions,
    OtherKeys,
    OtherValues,
    Guesses,
}

#[derive(Parser)]
struct Options {
    #[arg(long, value_enum)]
    lie: Lie,
}

/// Runs one node with a lie for 5 s.
fn run<N: Handlers>(workload: impl Known, lie: Lie) -> Simulated {
    one_node::<N>(workload, lie).run_seed(1)
}

fn one_node<N: Handlers>(workload: impl Known, lie: Lie) -> Simulation<N> {
    // A transaction that reads what it wrote itself shows an invented value to the original.
    let steps = if lie == Lie::Invents { 1 } else { 4 };
    let lie = lie.to_possible_value().expect("no lie is skipped");
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
        .args(["--lie", lie.get_name()])
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
    node("echo", "echo", "another text", Original("wrong-echo"),
        || run::<Echo>(workloads::Echo, Lie::Invents)),
    node("unique-ids", "generate", "an id that was returned before", Original("duplicated"),
        || run::<Ids>(workloads::UniqueIds, Lie::Repeats)),
    node("unique-ids", "generate", "null", Stricter("nil-id"),
        || run::<Ids>(workloads::UniqueIds, Lie::Null)),
    node("broadcast", "read", "a message that was never broadcast", Stricter("garbage-read"),
        || run::<Messages>(workloads::Broadcast, Lie::Invents)),
    node("broadcast", "read", "a message more than once", Stricter("duplicate-elements"),
        || run::<Messages>(workloads::Broadcast, Lie::Repeats)),
    node("broadcast", "read", "a message that is broadcast later", Stricter("future-read"),
        || run::<Messages>(workloads::Broadcast, Lie::Foresees)),
    node("broadcast", "read", "a message whose broadcast failed", Stricter("G1a"),
        || run::<Messages>(workloads::Broadcast, Lie::DeniesSuccess)),
    node("g-set", "read", "an element that was never added", Stricter("garbage-read"),
        || run::<Elements>(workloads::GSet, Lie::Invents)),
    node("g-set", "read", "an element more than once", Stricter("duplicate-elements"),
        || run::<Elements>(workloads::GSet, Lie::Repeats)),
    node("g-set", "read", "an element that is added later", Stricter("future-read"),
        || run::<Elements>(workloads::GSet, Lie::Foresees)),
    node("g-counter", "read", "before the end, a sum that no additions make", Stricter("garbage-read"),
        || run::<Counter>(workloads::GCounter, Lie::Invents)),
    node("g-counter", "read", "before the end, a sum of additions that are invoked later", Stricter("future-read"),
        || run::<Counter>(workloads::GCounter, Lie::Foresees)),
    node("pn-counter", "read", "before the end, a sum that no additions make", Stricter("garbage-read"),
        || run::<Counter>(workloads::PnCounter, Lie::Invents)),
    node("pn-counter", "read", "before the end, a sum of additions that are invoked later", Stricter("future-read"),
        || run::<Counter>(workloads::PnCounter, Lie::Foresees)),
    node("g-counter", "read", "at the end, a sum that no additions make", Original("wrong-final-read"),
        || run::<Counter>(workloads::GCounter, Lie::Repeats)),
    node("pn-counter", "read", "at the end, a sum that no additions make", Original("wrong-final-read"),
        || run::<Counter>(workloads::PnCounter, Lie::Repeats)),
    node("lin-kv", "read", "a value that was never written", Original("not-linearizable"),
        || run::<Registers>(workloads::LinKv, Lie::Invents)),
    node("lin-kv", "read", "null, of a key that has a value", Stricter("missing-value"),
        || run::<Registers>(workloads::LinKv, Lie::Null)),
    node("kafka", "send", "a negative offset", Stricter("negative-offset"),
        || run::<Logs>(workloads::Kafka, Lie::Negative)),
    node("kafka", "poll", "a key that was not requested", Stricter("unrequested-key"),
        || run::<Logs>(workloads::Kafka, Lie::UnrequestedKey)),
    node("kafka", "poll", "a message that was never sent", Original("garbage-read"),
        || run::<Logs>(workloads::Kafka, Lie::Invents)),
    node("kafka", "list_committed_offsets", "a key that was not requested", Stricter("unrequested-key"),
        || run::<Logs>(workloads::Kafka, Lie::ListsUnrequestedKeys)),
    node("kafka", "list_committed_offsets", "an offset that was never committed", Stricter("garbage-offset"),
        || run::<Logs>(workloads::Kafka, Lie::ListsOtherOffsets)),
    node("txn-list-append", "txn", "no micro-operations", Stricter("mismatched-reply"),
        || run::<Lists>(workloads::TxnListAppend, Lie::NoSteps)),
    node("txn-list-append", "txn", "more micro-operations", Stricter("mismatched-reply"),
        || run::<Lists>(workloads::TxnListAppend, Lie::MoreSteps)),
    node("txn-list-append", "txn", "other functions", Stricter("mismatched-reply"),
        || run::<Lists>(workloads::TxnListAppend, Lie::OtherFunctions)),
    node("txn-list-append", "txn", "other keys", Stricter("mismatched-reply"),
        || run::<Lists>(workloads::TxnListAppend, Lie::OtherKeys)),
    node("txn-list-append", "txn", "other written values", Stricter("mismatched-reply"),
        || run::<Lists>(workloads::TxnListAppend, Lie::OtherValues)),
    node("txn-list-append", "txn", "an element that was never appended", Original("garbage-read"),
        || run::<Lists>(workloads::TxnListAppend, Lie::Invents)),
    node("txn-list-append", "txn", "an element that is appended later", Original("G1c-realtime"),
        || run::<Lists>(workloads::TxnListAppend, Lie::Guesses)),
    node("txn-rw-register", "txn", "no micro-operations", Stricter("mismatched-reply"),
        || run::<Lists>(workloads::TxnRwRegister, Lie::NoSteps)),
    node("txn-rw-register", "txn", "more micro-operations", Stricter("mismatched-reply"),
        || run::<Lists>(workloads::TxnRwRegister, Lie::MoreSteps)),
    node("txn-rw-register", "txn", "other functions", Stricter("mismatched-reply"),
        || run::<Lists>(workloads::TxnRwRegister, Lie::OtherFunctions)),
    node("txn-rw-register", "txn", "other keys", Stricter("mismatched-reply"),
        || run::<Lists>(workloads::TxnRwRegister, Lie::OtherKeys)),
    node("txn-rw-register", "txn", "other written values", Stricter("mismatched-reply"),
        || run::<Lists>(workloads::TxnRwRegister, Lie::OtherValues)),
    node("txn-rw-register", "txn", "a value that was never written", Stricter("garbage-read"),
        || run::<Lists>(workloads::TxnRwRegister, Lie::Invents)),
    node("txn-rw-register", "txn", "a value that another transaction writes later", Original("G1c-realtime"),
        || run::<Lists>(workloads::TxnRwRegister, Lie::Guesses)),
];

#[test]
fn each_node_is_found_by_the_original_or_fails_a_strict_run() {
    for node in NODES {
        let run = (node.run)();
        let name = format!("{}: {}", node.workload, node.reply);
        let results = &run.results;
        assert_eq!(run.record.broken, None, "{name}");
        let (valid, finding) = match node.finding {
            Original(finding) => (Validity::False, finding),
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
    let lenient = || one_node::<Elements>(workloads::GSet, Lie::Invents).strict(false);
    lenient().seeds(0..3).check();
    let run = lenient().run_seed(1);
    assert!(run.passed() && run.anomalies().is_empty());
    assert!(!run.results.stricter().is_empty());
}

#[test]
fn a_strict_check_names_the_finding_and_shrinks_the_run_to_it() {
    let check = || {
        one_node::<Elements>(workloads::GSet, Lie::Repeats)
            .seeds(0..3)
            .check();
    };
    let panic = std::panic::catch_unwind(check).unwrap_err();
    let text = *panic.downcast::<String>().unwrap();
    assert!(text.contains("seed 0 fails: duplicate-elements"), "{text}");
    assert!(text.contains("more than once"), "{text}");
    let strict = one_node::<Elements>(workloads::GSet, Lie::Repeats);
    let run = strict.run_seed(0);
    let shrunk = strict.shrink(&run, run.anomalies()).unwrap();
    assert!(shrunk.plan.script.operations.len() <= 2, "{shrunk}");
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
        match self.flags.lie {
            Lie::Invents => echo.to_uppercase(),
            _ => echo,
        }
    }
}

/// Ids, of which the third is null, or that of before.
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
        match (self.made.get(), self.flags.lie) {
            (3, Lie::Null) => None,
            (3, Lie::Repeats) => Some(2),
            (made, _) => Some(made),
        }
    }
}

/// What a set with a lie shows of its elements, which are 0, 1, 2, ...
fn shown(elements: &[u64], lie: Lie) -> Vec<u64> {
    let mut shown = elements.to_vec();
    match lie {
        Lie::Invents => shown.push(1_000_000 + elements.len() as u64),
        Lie::Repeats => shown.extend(elements.first()),
        Lie::Foresees => shown.push(elements.iter().max().map_or(0, |last| last + 1)),
        _ => {}
    }
    shown
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
        match self.flags.lie {
            Lie::DeniesSuccess if message.is_multiple_of(5) => Err(mael::Error::new(
                ErrorCode::Abort,
                "it is kept all the same",
            )),
            _ => Ok(()),
        }
    }

    #[handler(reply = "messages")]
    fn read(&self) -> Vec<u64> {
        shown(&self.messages.borrow(), self.flags.lie)
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
        shown(&self.elements.borrow(), self.flags.lie)
    }
}

/// A counter that lies in its first reads, or in all.
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
        match self.flags.lie {
            Lie::Invents if self.reads.get() <= 3 => 1_000_000,
            Lie::Foresees if self.reads.get() <= 1 => 20,
            Lie::Repeats => self.value.get() + 1,
            _ => self.value.get(),
        }
    }
}

/// A store that answers every read with null, or with a value that nobody writes.
#[node]
struct Registers {
    flags: Flags<Options>,
    values: RefCell<BTreeMap<u64, u64>>,
}

#[handlers]
impl Registers {
    #[handler(reply = "value")]
    fn read(&self, key: u64) -> Option<u64> {
        match self.flags.lie {
            Lie::Null => None,
            Lie::Invents => Some(1_000_000),
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
                "another value",
            )),
        }
    }
}

/// Logs whose offsets begin at 0, or with the lie at -1.
#[node]
struct Logs {
    flags: Flags<Options>,
    logs: RefCell<BTreeMap<String, Vec<u64>>>,
    committed: RefCell<BTreeMap<String, i64>>,
}

type Polled = BTreeMap<String, Vec<(i64, u64)>>;

impl Logs {
    fn first(&self) -> i64 {
        if self.flags.lie == Lie::Negative {
            -1
        } else {
            0
        }
    }

    /// What a log has from an offset on. A consumer that begins gets all of it, and two messages at
    /// least, so that it goes on after the first offset of all.
    fn from(&self, key: &str, offset: i64) -> Vec<(i64, u64)> {
        let logs = self.logs.borrow();
        let log = logs.get(key).map_or(&[][..], Vec::as_slice);
        let offset = if offset == 0 { self.first() } else { offset };
        if offset < 0 && log.len() < 2 {
            return Vec::new();
        }
        let invented = (self.flags.lie == Lie::Invents).then_some(1_000_000);
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
        if self.flags.lie == Lie::UnrequestedKey {
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
        match self.flags.lie {
            Lie::ListsUnrequestedKeys => committed.clone(),
            Lie::ListsOtherOffsets => keys.into_iter().map(|key| (key, 5000)).collect(),
            _ => {
                let listed = keys.into_iter();
                let listed = listed.filter_map(|key| Some((key.clone(), *committed.get(&key)?)));
                listed.collect()
            }
        }
    }
}

/// Lists and registers, and transactions over them.
#[node]
struct Lists {
    flags: Flags<Options>,
    keys: RefCell<BTreeMap<i64, Value>>,
    newest: RefCell<BTreeMap<i64, i64>>,
    lies: Cell<i64>,
}

/// A micro-operation as it is asked for, and as it is answered.
type Step = (String, i64, Option<i64>);
type Answer = (String, i64, Value);

impl Lists {
    /// A number that is sent only once.
    fn fresh(&self) -> Value {
        self.lies.set(self.lies.get() + 1);
        Value::from(1_000_000 + self.lies.get())
    }

    /// What is going to be written to a key next: its values are 1, 2, 3, ...
    fn next(&self, key: i64) -> Value {
        let newest = self.newest.borrow();
        Value::from(newest.get(&key).map_or(1, |newest| newest + 1))
    }

    fn step(&self, (f, key, value): Step) -> Answer {
        let lie = self.flags.lie;
        let shown = if lie == Lie::OtherKeys {
            key + 1000
        } else {
            key
        };
        let mut keys = self.keys.borrow_mut();
        let Some(value) = value else {
            let state = keys.get(&key).cloned().unwrap_or_default();
            let read = match (lie, &state) {
                (Lie::Invents, Value::List(elements)) => {
                    Value::List([&elements[..], &[self.fresh()]].concat())
                }
                (Lie::Invents, Value::Int(_)) => self.fresh(),
                (Lie::Guesses, Value::List(elements)) => {
                    Value::List([&elements[..], &[self.next(key)]].concat())
                }
                (Lie::Guesses, Value::Int(_)) => self.next(key),
                _ => state,
            };
            return (f, shown, read);
        };
        self.newest.borrow_mut().insert(key, value);
        let written = Value::from(if lie == Lie::OtherValues {
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
        (f, shown, written)
    }
}

#[handlers]
impl Lists {
    #[handler(reply = "txn")]
    fn txn(&self, txn: Vec<Step>) -> Vec<Answer> {
        let write = txn.iter().find(|(f, ..)| f != "r").map(|(f, ..)| f.clone());
        let mut steps: Vec<Answer> = txn.into_iter().map(|step| self.step(step)).collect();
        match self.flags.lie {
            Lie::NoSteps => steps.clear(),
            Lie::MoreSteps => steps.push(("r".to_owned(), 1_000_000, Value::Nil)),
            Lie::OtherFunctions => {
                for step in steps.iter_mut().filter(|(f, ..)| f == "r") {
                    if let Some(write) = &write {
                        *step = (write.clone(), 1_000_000, self.fresh());
                    }
                }
            }
            _ => {}
        }
        steps
    }
}
