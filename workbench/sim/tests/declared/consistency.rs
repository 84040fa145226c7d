//! Specifications that must hold in another sense than linearizability.

use mael::prelude::*;
use mael_history::Kind::{Fail, Info, Invoke, Ok};
use mael_history::{History, Validity};
use mael_sim::declared::specified_by;
use mael_sim::workloads::Workload;
use mael_sim::{Concurrency, Options, specification};

use super::{judge_by, read};

/// A register that is read and written.
#[node]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Register {
    value: Cell<i64>,
}

#[specification(sequential)]
#[handlers]
impl Register {
    #[handler(type = "write", overwrites)]
    fn write(&self, #[draw(1..5)] value: i64) {
        self.value.set(value);
    }

    #[handler(type = "read", reply = "value", read_only)]
    fn read(&self) -> i64 {
        self.value.get()
    }
}

#[test]
fn stale_reads_are_sequentially_consistent_if_processes_agree() {
    let history = |second| {
        [
            (0, Invoke, "write", "1"),
            (0, Ok, "write", "1"),
            (1, Invoke, "read", "nil"),
            (1, Ok, "read", "0"),
            (1, Invoke, "read", "nil"),
            (1, Ok, "read", "1"),
            (1, Invoke, "read", "nil"),
            (1, Ok, "read", second),
        ]
    };
    for (valid, second) in [(true, "1"), (false, "0")] {
        let verdict = judge_by::<Register>(&history(second));
        assert_eq!(verdict.valid, Validity::from(valid), "{second}");
        let anomaly = Workload::anomaly(&specified_by::<Register>());
        assert_eq!(anomaly, "not-sequential");
    }
}

/// A counter with a limit.
#[node]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Counter {
    total: Cell<u64>,
}

#[specification(convergent)]
#[handlers]
impl Counter {
    #[handler(type = "add", commutes)]
    fn add(&self, #[draw(1..5)] delta: u64) {
        self.total.set(self.total.get() + delta);
    }

    #[handler(type = "read", reply = "value", read_only, commutes, finally)]
    fn read(&self) -> u64 {
        self.total.get()
    }
}

/// A history whose reads of process 9 are final.
fn with_final_reads(lines: &[(usize, mael_history::Kind, &'static str, &str)]) -> History {
    let mut history = read(lines);
    for operation in &mut history.0 {
        operation.is_final = operation.process == mael_history::Process::Client(9);
    }
    history
}

#[test]
fn only_final_reads_count_for_convergence() {
    for (valid, last) in [(true, "3"), (true, "10"), (false, "2"), (false, "7")] {
        let history = with_final_reads(&[
            (0, Invoke, "add", "1"),
            (1, Invoke, "read", "nil"),
            (1, Ok, "read", "99"),
            (0, Ok, "add", "1"),
            (0, Invoke, "add", "2"),
            (0, Ok, "add", "2"),
            (0, Invoke, "add", "7"),
            (0, Info, "add", "7"),
            (2, Invoke, "add", "4"),
            (2, Fail, "add", "[:precondition-failed \"\"]"),
            (9, Invoke, "read", "nil"),
            (9, Ok, "read", last),
        ]);
        let verdict = specified_by::<Counter>().check(&Options::default(), &history);
        assert_eq!(verdict.valid, Validity::from(valid), "{last}");
    }
}

#[test]
fn without_final_reads_nothing_converges() {
    let history = with_final_reads(&[(0, Invoke, "add", "1"), (0, Ok, "add", "1")]);
    let verdict = specified_by::<Counter>().check(&Options::default(), &history);
    assert_eq!(verdict.valid, Validity::Unknown);
}

#[test]
fn a_convergent_specification_needs_a_client_for_each_node() {
    let options = |clients| Options {
        concurrency: Concurrency::Clients(clients),
        ..Options::default()
    };
    let counter = specified_by::<Counter>();
    assert_eq!(Workload::validate(&counter, &options(5)), Result::Ok(()));
    let reason = Workload::validate(&counter, &options(4)).unwrap_err();
    assert!(reason.contains("--concurrency 1n"), "{reason}");
}
