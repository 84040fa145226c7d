//! Simulates workloads against small nodes, some of which are deliberately wrong.

use mael::prelude::*;
use mael::{Error, ErrorCode};
use mael_history::{Kind, Operation, Validity, Value};
use mael_sim::Topology;
use mael_sim::engine::RunError;
use mael_sim::simulation::{Simulated, secs};
use mael_sim::workloads::Workload;
use mael_sim::{simulate, workloads};

/// A node that stores the messages it receives, but does not forward them. It rejects a topology
/// with more than two neighbours.
#[node]
struct NoForwarding {
    id: NodeId,
    messages: RefCell<Vec<u64>>,
}

#[handlers]
impl NoForwarding {
    #[handler(type = "topology")]
    fn topology(&self, topology: BTreeMap<String, Vec<String>>) -> mael::Result<()> {
        let neighbours = topology.get(self.id.as_str()).map_or(0, Vec::len);
        if neighbours > 2 {
            return Err(Error::new(ErrorCode::Abort, "too many neighbours"));
        }
        Ok(())
    }

    #[handler(type = "broadcast")]
    fn broadcast(&self, message: u64) {
        self.messages.borrow_mut().push(message);
    }

    #[handler(type = "read", reply = "messages")]
    fn read(&self) -> Vec<u64> {
        self.messages.borrow().clone()
    }
}

/// A counter that rejects every third addition with a definite error.
#[node]
struct Counter {
    value: Cell<i64>,
    additions: Cell<u64>,
}

#[handlers]
impl Counter {
    #[handler(type = "add")]
    fn add(&self, delta: i64) -> mael::Result<()> {
        self.additions.set(self.additions.get() + 1);
        if self.additions.get().is_multiple_of(3) {
            return Err(Error::new(ErrorCode::Abort, "every third"));
        }
        self.value.set(self.value.get() + delta);
        Ok(())
    }

    #[handler(type = "read", reply = "value")]
    fn read(&self) -> i64 {
        self.value.get()
    }
}

/// A counter that adds a wrong number.
#[node]
struct Miscounter {
    value: Cell<i64>,
}

#[handlers]
impl Miscounter {
    #[handler(type = "add")]
    fn add(&self, delta: i64) {
        self.value.set(self.value.get() + delta + 1);
    }

    #[handler(type = "read", reply = "value")]
    fn read(&self) -> i64 {
        self.value.get()
    }
}

/// A set that removes its oldest element when it has more than ten.
#[node]
struct Forgetful {
    elements: RefCell<Vec<u64>>,
}

#[handlers]
impl Forgetful {
    #[handler(type = "add")]
    fn add(&self, element: u64) {
        let mut elements = self.elements.borrow_mut();
        elements.push(element);
        if elements.len() > 10 {
            elements.remove(0);
        }
    }

    #[handler(type = "read", reply = "value")]
    fn read(&self) -> Vec<u64> {
        self.elements.borrow().clone()
    }
}

/// A set that replies to reads with null.
#[node]
struct Blank;

#[handlers]
impl Blank {
    #[handler(type = "add")]
    fn add(&self) {}

    #[handler(type = "read", reply = "value")]
    fn read(&self) -> Option<Vec<u64>> {
        None
    }
}

fn run<N: mael::node::Handlers>(
    nodes: usize,
    workload: impl Workload + Clone + Send + Sync + 'static,
) -> Simulated {
    simulate::<N>(workload)
        .nodes(nodes)
        .rate(20.0)
        .time_limit(secs(5))
        .options(|options| options.topology = Topology::Line)
        .run_seed(7)
}

fn last_reads(run: &Simulated) -> Vec<&Operation> {
    let operations = run.record.history.0.iter();
    let reads = operations.filter(|operation| operation.f == "read" && operation.kind == Kind::Ok);
    reads.filter(|read| read.time > 15_000_000_000).collect()
}

#[test]
fn a_single_node_needs_no_forwarding() {
    let run = run::<NoForwarding>(1, workloads::Broadcast);
    assert!(run.passed(), "{:?}", run.results.explanation);
    let last = last_reads(&run);
    assert!(last.len() == 1 && last[0].is_final);
}

#[test]
fn nodes_that_do_not_forward_lose_messages() {
    let run = run::<NoForwarding>(3, workloads::Broadcast);
    assert_eq!(run.results.valid, Validity::False);
    let (checker, text) = &run.results.explanation[0];
    assert_eq!(*checker, "workload");
    assert!(text.contains("is lost: its broadcast was acknowledged by operation"));
    assert_eq!(last_reads(&run).len(), 3);
}

#[test]
fn a_node_that_rejects_its_topology_ends_the_run() {
    let run = simulate::<NoForwarding>(workloads::Broadcast)
        .nodes(5)
        .options(|options| options.topology = Topology::Total)
        .run_seed(0);
    let Some(RunError::Node(failure)) = &run.record.error else {
        panic!("{:?}", run.record.error);
    };
    assert_eq!(failure.node, "n0");
    assert_eq!(
        failure.what,
        "setup failed: abort (14): too many neighbours"
    );
    assert!(!run.passed() && run.record.history.0.is_empty());
}

#[test]
fn for_counters_the_outcome_after_any_error_is_unknown() {
    let run = run::<Counter>(1, workloads::GCounter);
    assert!(run.passed(), "{:?}", run.results.explanation);
    let errors: Vec<&Operation> = run.record.history.completions().collect();
    let errors = errors.into_iter().filter(|end| end.kind != Kind::Ok);
    let mut count = 0;
    for end in errors {
        assert_eq!((end.kind, &*end.f), (Kind::Info, "add"));
        let text = Value::from("indeterminate: abort (14): every third");
        assert_eq!(end.error, Some(text));
        let exception = end.exception.as_ref().unwrap();
        assert_eq!(exception.get("type"), Some(&Value::keyword("rpc-error")));
        count += 1;
    }
    assert!(count > 3, "{count}");
    assert!(last_reads(&run).iter().all(|read| read.is_final));
}

#[test]
fn a_wrong_counter_is_invalid() {
    for run in [
        run::<Miscounter>(1, workloads::GCounter),
        run::<Miscounter>(1, workloads::PnCounter),
    ] {
        assert_eq!(run.results.valid, Validity::False);
        let (_, text) = &run.results.explanation[0];
        assert!(text.contains("is acceptable"), "{text}");
    }
}

#[test]
fn a_set_that_loses_elements_is_invalid() {
    let run = run::<Forgetful>(1, workloads::GSet);
    assert_eq!(run.results.valid, Validity::False);
    let (_, text) = &run.results.explanation[0];
    assert!(text.starts_with("element 0 is lost"), "{text}");
    let last = last_reads(&run);
    assert!(last.len() == 1 && !last[0].is_final);
}

#[test]
fn null_is_recorded_as_an_empty_list() {
    let run = run::<Blank>(1, workloads::GSet);
    let operations = run.record.history.0.iter();
    let reads = operations.filter(|it| it.f == "read" && it.kind == Kind::Ok);
    let values: Vec<&Value> = reads.map(|read| &read.value).collect();
    assert!(!values.is_empty());
    assert!(
        values.iter().all(|it| **it == Value::List(Vec::new())),
        "{values:?}"
    );
}
