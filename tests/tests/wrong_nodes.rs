//! Nodes that are wrong are found out, and nodes that are right are not, in virtual time.

use std::ops::Range;

use mael::prelude::*;
use mael::runtime::LocalFuture;
use mael::serde::{Serialize, Serializer};
use mael_challenges as challenges;
use mael_workbench::engine::{
    Connection, Generator, Invocation, RPC_TIMEOUT, RpcError, endless, once_per_thread,
};
use mael_workbench::history::{History, Kind, Operation, Process};
use mael_workbench::simulation::{Simulated, Simulation, ms, secs};
use mael_workbench::workloads::{self, Client, Verdict, Workload};
use mael_workbench::{Fault, Test, Validity, Value, rpc, simulate};

/// The result that a checker put under a key.
fn result(run: &Simulated, checker: &'static str, key: &'static str) -> Value {
    let checker = run.results.map.get(checker).expect("the checker ran");
    checker.get(key).expect("it says so").clone()
}

fn number(run: &Simulated, checker: &'static str, key: &'static str) -> i128 {
    match result(run, checker, key) {
        Value::Int(number) => number,
        other => panic!("{key} is {other}"),
    }
}

fn small<N: mael::node::Handlers>(
    workload: impl Workload + Clone + Send + Sync + 'static,
) -> Simulation<N> {
    simulate::<N>(workload)
        .nodes(3)
        .rate(50.0)
        .time_limit(secs(5))
}

/// A run that is longer than clients wait for nodes that were all killed or paused at once.
fn long<N: mael::node::Handlers>(
    workload: impl Workload + Clone + Send + Sync + 'static,
) -> Simulation<N> {
    small::<N>(workload)
        .rate(20.0)
        .time_limit(secs(20))
        .nemesis_interval(secs(1))
}

const EVERYTHING: [Fault; 3] = [Fault::Partition, Fault::Kill, Fault::Pause];

#[test]
fn right_nodes_pass_under_all_faults() {
    for faults in [
        &EVERYTHING[..0],
        &EVERYTHING[..1],
        &EVERYTHING[1..2],
        &EVERYTHING[2..],
        &EVERYTHING,
    ] {
        long::<challenges::Echo>(workloads::Echo)
            .nemesis(faults.iter().copied())
            .seeds(0..20)
            .check();
        long::<challenges::UniqueIds>(workloads::UniqueIds)
            .nemesis(faults.iter().copied())
            .seeds(0..20)
            .check();
    }
}

#[test]
fn right_nodes_are_totally_available_in_a_partition() {
    small::<challenges::UniqueIds>(workloads::UniqueIds)
        .nemesis([Fault::Partition])
        .nemesis_interval(secs(1))
        .latency(ms(50))
        .availability(1.0)
        .seeds(0..20)
        .check();
}

/// An echo that changes the text.
#[node]
struct Shouting;

#[handlers]
impl Shouting {
    #[handler(type = "echo", reply = "echo")]
    fn echo(&self, echo: String) -> String {
        if echo.ends_with('7') {
            echo.to_uppercase()
        } else {
            echo
        }
    }
}

#[test]
fn an_echo_that_changes_some_texts_is_found_and_each_of_them_is_named() {
    let run = small::<Shouting>(workloads::Echo).run_seed(1);
    assert_eq!(run.results.valid, Validity::False);
    let Value::List(errors) = result(&run, "workload", "errors") else {
        panic!("errors are a list");
    };
    let sent: Vec<Value> = run
        .record
        .history
        .invocations()
        .filter(|begin| begin.value.to_string().ends_with("7\""))
        .map(|begin| begin.value.clone())
        .collect();
    assert!(!sent.is_empty());
    assert_eq!(errors.len(), sent.len());
    for (error, sent) in errors.iter().zip(sent) {
        let Value::Str(text) = &sent else {
            panic!("a text was sent")
        };
        let Value::List(error) = error else {
            panic!("an error is a list")
        };
        assert_eq!(error[0], Value::from("Expected a message with :echo"));
        assert_eq!(error[1], sent);
        assert_eq!(error[2], Value::from("But received"));
        assert_eq!(
            error[3].get("echo"),
            Some(&Value::from(text.to_uppercase()))
        );
    }
}

/// Unique ids that are a plain counter.
#[node]
struct Counting {
    count: Cell<u64>,
}

#[handlers]
impl Counting {
    #[handler(type = "generate", reply = "id")]
    fn generate(&self) -> u64 {
        self.count.replace(self.count.get() + 1)
    }
}

#[test]
fn ids_that_repeat_across_nodes_are_counted() {
    let run = small::<Counting>(workloads::UniqueIds).run_seed(1);
    assert_eq!(run.results.valid, Validity::False);
    let made = number(&run, "workload", "acknowledged-count");
    let duplicated = number(&run, "workload", "duplicated-count");
    assert!(
        duplicated >= made / 3 - 10 && duplicated <= made / 2,
        "{duplicated} of {made}"
    );
    let Value::Map(listed) = result(&run, "workload", "duplicated") else {
        panic!("what is duplicated is a map");
    };
    assert!(
        listed
            .values()
            .all(|times| [2, 3].map(Value::from).contains(times))
    );
}

#[test]
fn a_plain_counter_is_unique_on_a_single_node() {
    small::<Counting>(workloads::UniqueIds)
        .nodes(1)
        .seeds(0..5)
        .check();
}

/// Unique ids that are a node id and a counter.
#[node]
struct Forgetful {
    id: NodeId,
    count: Cell<u64>,
}

#[handlers]
impl Forgetful {
    #[handler(type = "generate", reply = "id")]
    fn generate(&self) -> String {
        format!("{}-{}", self.id, self.count.replace(self.count.get() + 1))
    }
}

const SEEDS: Range<u64> = 0..20;

#[test]
fn ids_that_repeat_after_a_restart_are_found_under_kill_only() {
    let killing = |faults: Vec<Fault>| {
        long::<Forgetful>(workloads::UniqueIds)
            .nemesis(faults)
            .seeds(SEEDS)
            .run()
    };
    let found = killing(vec![Fault::Kill]);
    let wrong = found
        .iter()
        .filter(|run| run.results.valid == Validity::False);
    assert!(wrong.count() > 10);
    let without = killing(vec![Fault::Partition, Fault::Pause]);
    assert!(without.iter().all(Simulated::passed));
}

#[test]
fn the_unique_ids_of_the_challenges_pass_the_same_seeds() {
    long::<challenges::UniqueIds>(workloads::UniqueIds)
        .nemesis([Fault::Kill])
        .seeds(SEEDS)
        .check();
}

/// An echo whose handler never ends.
#[node]
struct Endless;

#[handlers]
impl Endless {
    #[handler(type = "echo", reply = "echo")]
    async fn echo(&self, echo: String) -> String {
        std::future::pending::<()>().await;
        echo
    }
}

#[test]
fn a_handler_that_never_ends_is_an_indeterminate_timeout() {
    let run = small::<Endless>(workloads::Echo).run_seed(1);
    assert_eq!(result(&run, "stats", "valid?"), Value::Bool(false));
    assert_eq!(result(&run, "workload", "valid?"), Value::Bool(true));
    assert!(run.record.history.completions().count() > 3);
    for end in run.record.history.completions() {
        assert_eq!(end.kind, Kind::Info);
        let Some(Value::List(error)) = &end.error else {
            panic!("{:?}", end.error)
        };
        assert_eq!(
            error[0],
            Value::keyword("timeout"),
            "the node's own deadline"
        );
    }
}

#[test]
fn what_is_asked_of_a_node_that_is_paused_times_out() {
    let mut timed_out = 0;
    for run in simulate::<challenges::Echo>(workloads::Echo)
        .nodes(1)
        .rate(20.0)
        .time_limit(secs(20))
        .nemesis([Fault::Pause])
        .nemesis_interval(secs(10))
        .seeds(0..10)
        .run()
    {
        for (begin, end) in run.record.history.pairs() {
            let end = end.expect("it has ended");
            if end.kind == Kind::Info {
                assert_eq!(end.error, Some(Value::keyword("net-timeout")));
                assert_eq!(end.time - begin.time, RPC_TIMEOUT.as_nanos() as u64);
                timed_out += 1;
            }
        }
    }
    assert!(timed_out > 0, "some seed pauses the node while it is asked");
}

/// Ids that are sometimes a number in quotes, and sometimes one without.
#[node]
struct Mixed {
    count: Cell<u64>,
}

/// A number, which is written as one or as text.
enum Id {
    Number(u64),
    Text(String),
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => serializer.serialize_u64(*number),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

#[handlers]
impl Mixed {
    #[handler(type = "generate", reply = "id")]
    fn generate(&self) -> Id {
        let count = self.count.replace(self.count.get() + 1);
        if count.is_multiple_of(2) {
            Id::Number(count)
        } else {
            Id::Text(count.to_string())
        }
    }
}

#[test]
fn ids_that_can_not_be_compared_are_not_judged() {
    let run = small::<Mixed>(workloads::UniqueIds).nodes(1).run_seed(1);
    assert_eq!(run.results.valid, Validity::Unknown);
    assert_eq!(
        result(&run, "workload", "valid?"),
        Value::keyword("unknown")
    );
    assert!(!run.passed());
}

/// Ids that are sometimes refused with an error of this kind.
#[node]
struct Busy {
    id: NodeId,
    count: Cell<u64>,
}

#[handlers]
impl Busy {
    #[handler(type = "generate", reply = "id")]
    fn generate(&self) -> mael::Result<String> {
        let count = self.count.replace(self.count.get() + 1);
        match count % 5 {
            4 => Err(Error::new(ErrorCode::TemporarilyUnavailable, "busy")),
            _ => Ok(format!("{}-{count}", self.id)),
        }
    }

    #[handler(type = "echo", reply = "echo")]
    fn echo(&self, echo: String) -> mael::Result<String> {
        self.generate().map(|_| echo)
    }
}

#[test]
fn refusals_cost_availability_and_nothing_else() {
    let run = small::<Busy>(workloads::UniqueIds).run_seed(1);
    assert!(run.passed());
    let refused = number(&run, "stats", "fail-count");
    assert!(refused > 0);
    assert_eq!(number(&run, "stats", "info-count"), 0);
    for end in run
        .record
        .history
        .completions()
        .filter(|end| end.kind == Kind::Fail)
    {
        let error = vec![Value::keyword("temporarily-unavailable"), "busy".into()];
        assert_eq!(end.error, Some(Value::List(error)));
    }
    let run = small::<Busy>(workloads::UniqueIds)
        .availability(1.0)
        .run_seed(1);
    assert_eq!(run.results.valid, Validity::False);
    assert_eq!(result(&run, "availability", "valid?"), Value::Bool(false));
    assert_eq!(result(&run, "workload", "valid?"), Value::Bool(true));
    small::<Busy>(workloads::UniqueIds)
        .availability(0.7)
        .seeds(0..5)
        .check();
}

#[test]
fn an_echo_that_is_refused_counts_as_one_without_its_text() {
    // As the original has it: an operation that failed has no reply, which is not the text.
    let run = small::<Busy>(workloads::Echo).run_seed(1);
    assert_eq!(result(&run, "workload", "valid?"), Value::Bool(false));
    let Value::List(errors) = result(&run, "workload", "errors") else {
        panic!("errors are a list");
    };
    assert_eq!(errors.len() as i128, number(&run, "stats", "fail-count"));
}

rpc! {
    /// Adds a number to the set.
    struct Add = "add" { element: i128 } => AddOk = "add_ok" {}

    /// The whole set.
    struct Read = "read" {} => ReadOk = "read_ok" { value: Vec<Value> }
}

/// A set of numbers on one node: what was added is there in the end.
#[derive(Clone, Copy, Debug)]
struct GrowOnlySet;

impl Workload for GrowOnlySet {
    fn name(&self) -> &'static str {
        "grow-only-set"
    }

    fn generator(&self, _: &Test) -> Box<dyn Generator> {
        let mut next = 0;
        Box::new(endless(move |_| {
            next += 1;
            Invocation::new("add", next)
        }))
    }

    fn final_generator(&self, test: &Test, _: &History) -> Option<Box<dyn Generator>> {
        let read = Invocation::new("read", Value::Nil).last();
        Some(Box::new(once_per_thread(test.concurrency, read)))
    }

    fn client(&self, _: &Test) -> Box<dyn Client> {
        Box::new(*self)
    }

    fn check(&self, _: &Test, history: &History) -> Verdict {
        let ended = |f: &'static str| {
            let ended = history.completions();
            ended.filter(move |end| end.kind == Kind::Ok && end.f == f)
        };
        let mut explanation = Vec::new();
        for read in ended("read") {
            let Value::List(elements) = &read.value else {
                continue;
            };
            let lost = ended("add").filter(|add| !elements.contains(&add.value));
            explanation.extend(lost.map(|add| format!("{} is lost", add.value)));
        }
        let valid = Validity::from(explanation.is_empty());
        Verdict {
            valid,
            results: Value::map([("valid?", valid.into())]),
            explanation,
        }
    }
}

impl Client for GrowOnlySet {
    fn invoke<'a>(
        &'a mut self,
        connection: &'a mut Connection,
        invocation: &'a Invocation,
    ) -> LocalFuture<'a, Result<Value, RpcError>> {
        Box::pin(async move {
            match &invocation.value {
                Value::Int(element) => {
                    connection.rpc(&Add { element: *element }).await?;
                    Ok(invocation.value.clone())
                }
                _ => Ok(connection.rpc(&Read {}).await?.value.into()),
            }
        })
    }
}

/// A set that keeps what it is given.
#[node]
struct Keeping {
    elements: RefCell<Vec<i64>>,
}

#[handlers]
impl Keeping {
    #[handler(type = "add")]
    fn add(&self, element: i64) {
        self.elements.borrow_mut().push(element);
    }

    #[handler(type = "read", reply = "value")]
    fn read(&self) -> Vec<i64> {
        self.elements.borrow().clone()
    }
}

/// A set that loses one element of ten.
#[node]
struct Losing {
    elements: RefCell<Vec<i64>>,
}

#[handlers]
impl Losing {
    #[handler(type = "add")]
    fn add(&self, element: i64) {
        if element % 10 != 0 {
            self.elements.borrow_mut().push(element);
        }
    }

    #[handler(type = "read", reply = "value")]
    fn read(&self) -> Vec<i64> {
        self.elements.borrow().clone()
    }
}

fn set<N: mael::node::Handlers>() -> Simulation<N> {
    simulate::<N>(GrowOnlySet)
        .nodes(1)
        .concurrency(4)
        .rate(20.0)
        .time_limit(secs(5))
}

fn finals(history: &History) -> (Vec<&Operation>, Vec<&Operation>) {
    let finals = history
        .client_operations()
        .filter(|operation| operation.is_final);
    finals.partition(|operation| operation.kind == Kind::Invoke)
}

#[test]
fn a_workload_of_ones_own_passes_a_right_node() {
    set::<Keeping>().seeds(0..10).check();
    set::<Keeping>()
        .nemesis([Fault::Pause, Fault::Partition])
        .nemesis_interval(secs(1))
        .seeds(0..10)
        .check();
}

#[test]
fn a_workload_of_ones_own_fails_a_node_that_forgets() {
    for run in set::<Losing>().seeds(0..10).run() {
        assert_eq!(run.results.valid, Validity::False);
        let (checker, text) = &run.results.explanation[0];
        assert_eq!((*checker, text.as_str()), ("workload", "10 is lost"));
    }
}

#[test]
fn final_operations_run_once_on_each_thread_after_the_recovery() {
    let run = set::<Keeping>().run_seed(3);
    let (begins, ends) = finals(&run.record.history);
    let mut processes: Vec<Process> = begins.iter().map(|begin| begin.process).collect();
    processes.sort_unstable();
    assert_eq!(processes, (0..4).map(Process::Client).collect::<Vec<_>>());
    assert!(
        begins
            .iter()
            .chain(&ends)
            .all(|operation| operation.f == "read")
    );
    assert!(ends.len() == 4 && ends.iter().all(|end| end.kind == Kind::Ok));
    let recovered = (secs(5) + Test::default().recovery).as_nanos() as u64;
    assert!(begins.iter().all(|begin| begin.time >= recovered));
    let adds = run
        .record
        .history
        .client_operations()
        .filter(|operation| operation.f == "add");
    let adds: Vec<_> = adds.collect();
    assert!(!adds.is_empty());
    assert!(
        adds.iter()
            .all(|add| !add.is_final && add.time < secs(6).as_nanos() as u64)
    );
}

#[test]
fn everything_is_mended_before_the_final_operations() {
    let runs = set::<Keeping>()
        .nodes(5)
        .concurrency(10)
        .nemesis(EVERYTHING)
        .nemesis_interval(secs(1))
        .seeds(0..30)
        .run();
    let mut killed = 0;
    for run in runs {
        assert_eq!(run.record.broken, None, "seed {}", run.seed);
        let (begins, ends) = finals(&run.record.history);
        assert_eq!((begins.len(), ends.len()), (10, 10), "seed {}", run.seed);
        assert!(
            ends.iter().all(|end| end.kind == Kind::Ok),
            "seed {}",
            run.seed
        );
        let acts = run
            .record
            .history
            .0
            .iter()
            .filter(|act| act.process == Process::Nemesis);
        let last = |name: &str| acts.clone().rfind(|act| act.f == name).map(|act| act.index);
        for (breaks, mends) in [
            ("kill", "start"),
            ("pause", "resume"),
            ("start-partition", "stop-partition"),
        ] {
            assert!(last(breaks) <= last(mends), "seed {}: {breaks}", run.seed);
        }
        killed += usize::from(last("kill").is_some());
    }
    assert!(killed > 0);
}

#[test]
fn a_failing_check_tells_the_seed_and_what_is_wrong() {
    let panic = std::panic::catch_unwind(|| set::<Losing>().seeds(4..9).check());
    let text = *panic.unwrap_err().downcast::<String>().unwrap();
    assert!(text.contains("seed 4 fails"), "{text}");
    assert!(text.contains("10 is lost"), "{text}");
    assert!(text.contains("MAEL_SEED=4 cargo test"), "{text}");
}
