//! Runs of nodes that receive or generate integers of 1,000 digits.

use mael::node::Handlers;
use mael::prelude::*;
use mael_history::{History, Integer, Kind, Operation, Validity, Value};
use mael_sim::simulation::{Simulated, secs};
use mael_sim::workloads::Workload;
use mael_sim::{simulate, workloads};

use super::large::{Large, large, with_integers};
use super::{stored, verdicts};

fn run<N: Handlers>(
    nodes: usize,
    workload: impl Workload + Clone + Send + Sync + 'static,
) -> Simulated {
    simulate::<N>(workload)
        .nodes(nodes)
        .clients_per_node(2)
        .rate(20.0)
        .time_limit(secs(2))
        .no_shrink()
        .run_seed(1)
}

fn is_large(value: &Value) -> bool {
    match value {
        Value::Int(integer) => *integer >= large(&0.into()),
        Value::Map(entries) => entries.values().any(is_large),
        other => other.items().any(is_large),
    }
}

/// Asserts that the run of a correct node is valid, also after its history was stored, and that it
/// is not if the results of operations `f` are changed.
fn every_digit_counts<N: Handlers>(
    workload: impl Workload + Clone + Send + Sync + 'static,
    f: &'static str,
    other: fn(&Value) -> Value,
) {
    let run = run::<N>(1, Large(workload.clone()));
    assert!(run.passed(), "{:?}", run.results.explanation);
    let mut history = run.record.history;
    let lost = |end: &&Operation| end.kind == Kind::Info && end.f != "crash";
    assert_eq!(history.completions().find(lost), None);
    assert_eq!(stored(&history)[0], history);
    assert_eq!(verdicts(&workload, &history), [Validity::True; 2]);
    let result = |end: &&mut Operation| end.kind == Kind::Ok && end.f == f && is_large(&end.value);
    let results: Vec<&mut Operation> = history.0.iter_mut().filter(result).collect();
    assert!(!results.is_empty(), "{f} returns integers");
    for end in results {
        end.value = other(&end.value);
    }
    for verdict in verdicts(&workload, &history) {
        assert_ne!(verdict, Validity::True);
    }
}

/// Replaces each integer in a value by its successor.
fn next(value: &Value) -> Value {
    with_integers(value, |integer| integer + &1.into())
}

/// Replaces the value of a `[key value]` by its successor.
fn next_of_key(pair: &Value) -> Value {
    let pair: Vec<&Value> = pair.items().collect();
    vec![pair[0].clone(), next(pair[1])].into()
}

/// A node that counts down from the largest integer of 128 bits.
#[node]
struct Downwards {
    id: NodeId,
    nodes: Nodes,
    made: Cell<u64>,
}

#[handlers]
impl Downwards {
    #[handler(type = "generate", reply = "id")]
    fn generate(&self) -> u128 {
        let made = self.made.replace(self.made.get() + 1);
        let place = self.nodes.iter().position(|node| *node == self.id);
        u128::MAX - u128::from(made) * self.nodes.len() as u128 - place.unwrap_or(0) as u128
    }
}

/// A node that counts up from the smallest integer of 1,000 digits.
#[node]
struct Upwards {
    made: Cell<u64>,
}

#[handlers]
impl Upwards {
    #[handler(type = "generate", reply = "id")]
    fn generate(&self) -> Integer {
        large(&self.made.replace(self.made.get() + 1).into())
    }
}

fn count(history: &History, kind: Kind) -> usize {
    let ends = history.completions();
    ends.filter(|end| end.kind == kind).count()
}

#[test]
fn ids_of_128_bits_and_of_1000_digits_are_all_judged() {
    let runs = [
        run::<Downwards>(3, workloads::UniqueIds),
        run::<Upwards>(1, workloads::UniqueIds),
    ];
    for run in runs {
        assert!(run.passed(), "{:?}", run.results.explanation);
        let history = &run.record.history;
        assert!(history.completions().all(|end| end.kind == Kind::Ok));
        let workload = run.results.map.get("workload").expect("it was checked");
        let acknowledged = workload.get("acknowledged-count");
        assert_eq!(acknowledged, Some(&count(history, Kind::Ok).into()));
        assert_eq!(stored(history)[0], *history);
        assert_eq!(
            verdicts(&workloads::UniqueIds, history),
            [Validity::True; 2]
        );
    }
}

#[test]
fn duplicate_ids_of_1000_digits_are_found() {
    let run = run::<Upwards>(3, workloads::UniqueIds);
    assert_eq!(run.results.valid, Validity::False);
    let history = &run.record.history;
    assert_eq!(
        verdicts(&workloads::UniqueIds, history),
        [Validity::False; 2]
    );
}

/// A node whose replies can't be decoded.
#[node]
struct Unreadable {
    made: Cell<u64>,
}

#[handlers]
impl Unreadable {
    #[handler(type = "generate", reply = "id")]
    fn generate(&self) -> mael::Result<Box<mael::protocol::RawValue>> {
        let made = self.made.replace(self.made.get() + 1);
        let json = match made % 4 {
            0 => "9".repeat(Integer::MAX_DIGITS + 1),
            1 => "1e999".to_owned(),
            2 => r#""\ud800""#.to_owned(),
            _ => large(&made.into()).to_string(),
        };
        let raw = mael::protocol::RawValue::from_string(json);
        raw.map_err(|error| Error::new(ErrorCode::Crash, error.to_string()))
    }
}

#[test]
fn a_reply_that_cannot_be_read_is_recorded_with_its_reason() {
    let run = run::<Unreadable>(1, workloads::UniqueIds);
    let history = &run.record.history;
    let asked = history.invocations().count();
    let [ok, info] = [Kind::Ok, Kind::Info].map(|kind| count(history, kind));
    assert!(ok > 3 && info >= 3 * ok - 3, "{ok} ok, {info} info");
    assert_eq!(ok + info, asked);
    for end in history.completions().filter(|end| end.kind == Kind::Info) {
        let exception = end.exception.as_ref().expect("the client crashed");
        let kind = exception.get("type").and_then(Value::name);
        assert_eq!(kind, Some("malformed-rpc-response"));
        let error = end.error.as_ref().and_then(Value::name).unwrap();
        let reasons = [
            "the integer 999999999999999999999999999999999999999999999999999999999999… \
             has 100001 digits; at most 100000 can be read",
            "number out of range",
            "unexpected end of hex escape",
        ];
        assert!(reasons.iter().any(|it| error.contains(it)), "{error}");
    }
}

/// A node with a counter.
#[node]
struct Counter {
    sum: RefCell<Integer>,
}

#[handlers]
impl Counter {
    #[handler(type = "add")]
    fn add(&self, delta: Integer) {
        let mut sum = self.sum.borrow_mut();
        *sum = &*sum + &delta;
    }

    #[handler(type = "read", reply = "value")]
    fn read(&self) -> Integer {
        self.sum.borrow().clone()
    }
}

#[test]
fn sums_count_every_digit() {
    every_digit_counts::<Counter>(workloads::GCounter, "read", next);
    every_digit_counts::<Counter>(workloads::PnCounter, "read", next);
}

/// A node with a register for each key.
#[node]
struct Registers {
    values: RefCell<BTreeMap<Value, Value>>,
}

#[handlers]
impl Registers {
    #[handler(type = "read", reply = "value")]
    fn read(&self, key: Value) -> mael::Result<Value> {
        let values = self.values.borrow();
        let value = values.get(&key).cloned();
        value.ok_or_else(|| Error::new(ErrorCode::KeyDoesNotExist, "the key was never written"))
    }

    #[handler(type = "write")]
    fn write(&self, key: Value, value: Value) {
        self.values.borrow_mut().insert(key, value);
    }

    #[handler(type = "cas")]
    fn cas(&self, key: Value, from: Value, to: Value) -> mael::Result<()> {
        if self.read(key.clone())? != from {
            return Err(Error::new(
                ErrorCode::PreconditionFailed,
                "the value differs",
            ));
        }
        self.write(key, to);
        Ok(())
    }
}

/// A node that stores the registers in the service lin-kv.
#[node]
struct Forwarding {
    kv: LinKv,
}

#[handlers]
impl Forwarding {
    #[handler(type = "read", reply = "value")]
    async fn read(&self, key: Value) -> mael::Result<Value> {
        let value: Option<Value> = self.kv.read(key).await?;
        value.ok_or_else(|| Error::new(ErrorCode::KeyDoesNotExist, "the key was never written"))
    }

    #[handler(type = "write")]
    async fn write(&self, key: Value, value: Value) -> mael::Result<()> {
        self.kv.write(key, &value).await
    }

    #[handler(type = "cas")]
    async fn cas(&self, key: Value, from: Value, to: Value) -> mael::Result<()> {
        if self.kv.cas(key, &from, &to).await? {
            Ok(())
        } else {
            Err(Error::new(
                ErrorCode::PreconditionFailed,
                "the value differs",
            ))
        }
    }
}

#[test]
fn registers_count_every_digit() {
    every_digit_counts::<Registers>(workloads::LinKv, "read", next_of_key);
}

#[test]
fn the_service_lin_kv_counts_every_digit() {
    every_digit_counts::<Forwarding>(workloads::LinKv, "read", next_of_key);
}

/// A node with a set, for both workloads of sets.
#[node]
struct Elements {
    elements: RefCell<Vec<Value>>,
}

#[handlers]
impl Elements {
    #[handler(type = "add")]
    fn add(&self, element: Value) {
        self.elements.borrow_mut().push(element);
    }

    #[handler(type = "read", reply = "value")]
    fn read(&self) -> Vec<Value> {
        self.elements.borrow().clone()
    }
}

/// A node with a set of messages.
#[node]
struct Messages {
    messages: RefCell<Vec<Value>>,
}

#[handlers]
impl Messages {
    #[handler(type = "broadcast")]
    fn broadcast(&self, message: Value) {
        self.messages.borrow_mut().push(message);
    }

    #[handler(type = "read", reply = "messages")]
    fn read(&self) -> Vec<Value> {
        self.messages.borrow().clone()
    }
}

#[test]
fn sets_count_every_digit() {
    every_digit_counts::<Elements>(workloads::GSet, "read", next);
    every_digit_counts::<Messages>(workloads::Broadcast, "read", next);
}

/// A node with logs whose first offset has 1,000 digits.
#[node]
struct Logs {
    logs: RefCell<BTreeMap<String, Vec<(Integer, Value)>>>,
    committed: RefCell<BTreeMap<String, Integer>>,
}

#[handlers]
impl Logs {
    #[handler(type = "send", reply = "offset")]
    fn send(&self, key: String, msg: Value) -> Integer {
        let mut logs = self.logs.borrow_mut();
        let log = logs.entry(key).or_default();
        let offset = large(&log.len().into());
        log.push((offset.clone(), msg));
        offset
    }

    #[handler(type = "poll", reply = "msgs")]
    fn poll(&self, offsets: BTreeMap<String, Integer>) -> BTreeMap<String, Vec<(Integer, Value)>> {
        let logs = self.logs.borrow();
        let rest = |(key, from): (String, Integer)| {
            let log = logs.get(&key)?;
            let rest = log.iter().filter(|(offset, _)| *offset >= from);
            Some((key, rest.cloned().collect()))
        };
        offsets.into_iter().filter_map(rest).collect()
    }

    #[handler(type = "commit_offsets")]
    fn commit_offsets(&self, offsets: BTreeMap<String, Integer>) {
        self.committed.borrow_mut().extend(offsets);
    }

    #[handler(type = "list_committed_offsets", reply = "offsets")]
    fn list_committed_offsets(&self, keys: Vec<String>) -> BTreeMap<String, Integer> {
        let mut offsets = self.committed.borrow().clone();
        offsets.retain(|key, _| keys.contains(key));
        offsets
    }
}

#[test]
fn offsets_and_messages_of_logs_count_every_digit() {
    every_digit_counts::<Logs>(workloads::Kafka, "poll", next);
}

/// One micro-operation.
type Step = (String, Value, Value);

/// A node with a list for each key.
#[node]
struct Lists {
    lists: RefCell<BTreeMap<Value, Vec<Value>>>,
}

#[handlers]
impl Lists {
    #[handler(type = "txn", reply = "txn")]
    fn txn(&self, txn: Vec<Step>) -> Vec<Step> {
        let mut lists = self.lists.borrow_mut();
        let step = |(f, key, value): Step| {
            if f == "append" {
                lists.entry(key.clone()).or_default().push(value.clone());
                return (f, key, value);
            }
            let list = lists.get(&key).cloned();
            (f, key, list.into())
        };
        txn.into_iter().map(step).collect()
    }
}

/// A node with a value for each key.
#[node]
struct Values {
    values: RefCell<BTreeMap<Value, Value>>,
}

#[handlers]
impl Values {
    #[handler(type = "txn", reply = "txn")]
    fn txn(&self, txn: Vec<Step>) -> Vec<Step> {
        let mut values = self.values.borrow_mut();
        let step = |(f, key, value): Step| {
            if f == "w" {
                values.insert(key.clone(), value.clone());
                return (f, key, value);
            }
            let value = values.get(&key).cloned();
            (f, key, value.into())
        };
        txn.into_iter().map(step).collect()
    }
}

#[test]
fn transactions_run_with_keys_and_values_of_1000_digits() {
    for run in [
        run::<Lists>(1, Large(workloads::TxnListAppend)),
        run::<Values>(1, Large(workloads::TxnRwRegister)),
    ] {
        assert!(run.passed(), "{:?}", run.results.explanation);
        let history = &run.record.history;
        assert!(history.completions().all(|end| end.kind == Kind::Ok));
        assert!(history.completions().any(|end| is_large(&end.value)));
        assert_eq!(stored(history)[0], *history);
    }
}
