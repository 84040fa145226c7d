//! Tests a custom workload, which requires no change to the engine.

use mael::node::Handlers;
use mael::prelude::*;
use mael_history::{History, Kind, Operation, Process, Validity};
use mael_sim::declared::{Findings, Typed, Verdict};
use mael_sim::simulation::{Simulation, secs};
use mael_sim::{Fault, Options, operations, simulate, workload};

use super::ALL_FAULTS;

/// A set of numbers on one node: every added number is in the final reads.
#[workload]
struct GrowOnlySet;

#[operations]
impl GrowOnlySet {
    /// Adds a number to the set.
    #[operation(type = "add")]
    fn add(&self, #[draw(unique)] element: i64);

    /// Reads the whole set.
    #[operation(type = "read", reply = "value", weight = 0, finally)]
    fn read(&self) -> Vec<i64>;

    #[check]
    fn nothing_is_lost(&self, history: &Typed<Self>) -> Verdict {
        let mut findings = Findings::default();
        let reads = history.iter().filter_map(|call| match call.reply() {
            Some(GrowOnlySetReply::ReadOk { value }) => Some(value),
            _ => None,
        });
        for read in reads {
            for call in history {
                if let (GrowOnlySetRequest::Add { element }, Some(_)) =
                    (&call.request, call.reply())
                    && !read.contains(element)
                {
                    findings.add("lost", format!("{element} is lost"));
                }
            }
        }
        findings.into_verdict()
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
        assert_eq!((*checker, text.as_str()), ("workload", "lost: 0 is lost"));
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
    assert!(text.contains("0 is lost"), "{text}");
    assert!(text.contains("MAEL_SEED=4 cargo test"), "{text}");
}
