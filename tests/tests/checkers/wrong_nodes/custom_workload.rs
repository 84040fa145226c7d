//! Tests a custom workload, which requires no change to the engine.

use mael::executor::LocalFuture;
use mael::node::Handlers;
use mael::prelude::*;
use mael_checkers::Verdict;
use mael_history::{History, Integer, Kind, Operation, Process, Validity, Value};
use mael_sim::engine::{Connection, Generator, Invocation, RpcError, endless, once_per_thread};
use mael_sim::simulation::{Simulation, secs};
use mael_sim::workloads::{Client, Workload};
use mael_sim::{Fault, Options, rpc, simulate};

use super::ALL_FAULTS;

rpc! {
    /// Adds a number to the set.
    struct Add = "add" { element: Integer } => AddOk = "add_ok" {}

    /// Reads the whole set.
    struct Read = "read" {} => ReadOk = "read_ok" { value: Vec<Value> }
}

/// A set of numbers on one node: every added number is in the final reads.
#[derive(Clone, Copy, Debug)]
struct GrowOnlySet;

impl Workload for GrowOnlySet {
    fn name(&self) -> &'static str {
        "grow-only-set"
    }

    fn generator(&self, _: &Options) -> Box<dyn Generator> {
        let mut next = 0;
        Box::new(endless(move |_| {
            next += 1;
            Invocation::new("add", next)
        }))
    }

    fn final_generator(&self, options: &Options, _: &History) -> Option<Box<dyn Generator>> {
        let read = Invocation::new("read", Value::Nil).last();
        Some(Box::new(once_per_thread(options.clients(), read)))
    }

    fn client(&self, _: &Options) -> Box<dyn Client> {
        Box::new(*self)
    }

    fn check(&self, _: &Options, history: &History) -> Verdict {
        let ended = |f: &'static str| {
            let ended = history.completions();
            ended.filter(move |completion| completion.kind == Kind::Ok && completion.f == f)
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
                    connection
                        .rpc(&Add {
                            element: element.clone(),
                        })
                        .await?;
                    Ok(invocation.value.clone())
                }
                _ => Ok(connection.rpc(&Read {}).await?.value.into()),
            }
        })
    }
}

/// A correct set.
#[node]
struct CorrectSet {
    elements: RefCell<Vec<i64>>,
}

#[handlers]
impl CorrectSet {
    #[handler(type = "add")]
    fn add(&self, element: i64) {
        self.elements.borrow_mut().push(element);
    }

    #[handler(type = "read", reply = "value")]
    fn read(&self) -> Vec<i64> {
        self.elements.borrow().clone()
    }
}

/// A set that loses every tenth element.
#[node]
struct LossySet {
    elements: RefCell<Vec<i64>>,
}

#[handlers]
impl LossySet {
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

fn set<N: Handlers>() -> Simulation<N> {
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
fn a_custom_workload_passes_a_correct_node() {
    set::<CorrectSet>().seeds(0..10).check();
    set::<CorrectSet>()
        .nemesis([Fault::Pause, Fault::Partition])
        .nemesis_interval(secs(1))
        .seeds(0..10)
        .check();
}

#[test]
fn a_custom_workload_fails_a_node_that_loses_elements() {
    for run in set::<LossySet>().seeds(0..10).run() {
        assert_eq!(run.results.valid, Validity::False);
        let (checker, text) = &run.results.explanation[0];
        assert_eq!((*checker, text.as_str()), ("workload", "10 is lost"));
    }
}

#[test]
fn final_operations_run_once_on_each_thread_after_the_recovery() {
    let run = set::<CorrectSet>().run_seed(3);
    let (invocations, completions) = finals(&run.record.history);
    let mut processes: Vec<Process> = invocations
        .iter()
        .map(|invocation| invocation.process.clone())
        .collect();
    processes.sort_unstable();
    assert_eq!(processes, (0..4).map(Process::Client).collect::<Vec<_>>());
    assert!(
        invocations
            .iter()
            .chain(&completions)
            .all(|operation| operation.f == "read")
    );
    assert!(
        completions.len() == 4
            && completions
                .iter()
                .all(|completion| completion.kind == Kind::Ok)
    );
    let recovered = (secs(5) + Options::default().recovery).as_nanos() as u64;
    assert!(
        invocations
            .iter()
            .all(|invocation| invocation.time >= recovered)
    );
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
fn all_faults_are_healed_before_the_final_operations() {
    let runs = set::<CorrectSet>()
        .nodes(5)
        .concurrency(10)
        .nemesis(ALL_FAULTS)
        .nemesis_interval(secs(1))
        .seeds(0..30)
        .run();
    let mut killed = 0;
    for run in runs {
        assert_eq!(run.record.error, None, "seed {}", run.seed);
        let (invocations, completions) = finals(&run.record.history);
        assert_eq!(
            (invocations.len(), completions.len()),
            (10, 10),
            "seed {}",
            run.seed
        );
        assert!(
            completions
                .iter()
                .all(|completion| completion.kind == Kind::Ok),
            "seed {}",
            run.seed
        );
        let nemesis_operations = run
            .record
            .history
            .0
            .iter()
            .filter(|operation| operation.process == Process::Nemesis);
        let last = |name: &str| {
            nemesis_operations
                .clone()
                .rfind(|operation| operation.f == name)
                .map(|operation| operation.index)
        };
        for (fault, recovery) in [
            ("kill", "start"),
            ("pause", "resume"),
            ("start-partition", "stop-partition"),
        ] {
            assert!(last(fault) <= last(recovery), "seed {}: {fault}", run.seed);
        }
        killed += usize::from(last("kill").is_some());
    }
    assert!(killed > 0);
}

#[test]
fn a_failing_check_reports_the_seed_and_the_error() {
    let panic = std::panic::catch_unwind(|| set::<LossySet>().seeds(4..9).check());
    let text = *panic.unwrap_err().downcast::<String>().unwrap();
    assert!(text.contains("seed 4 fails"), "{text}");
    assert!(text.contains("10 is lost"), "{text}");
    assert!(text.contains("MAEL_SEED=4 cargo test"), "{text}");
}
