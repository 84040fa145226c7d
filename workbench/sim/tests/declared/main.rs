//! Declared workloads: how their histories are read and judged.

mod consistency;
mod keys;
mod mistakes;
mod results;
mod typed;

use mael_checkers::Verdict;
use mael_history::{History, Kind, Value};
use mael_sim::Options;
use mael_sim::declared::{Specification, specified_by};
use mael_sim::workloads::Workload;

/// The verdict on a history, in which each line is an operation: process, type, function, value and
/// error.
fn judge(workload: &dyn Workload, history: &[(usize, Kind, &'static str, &str)]) -> Verdict {
    workload.check(&Options::default(), &read(history))
}

fn judge_by<S: Specification>(history: &[(usize, Kind, &'static str, &str)]) -> Verdict {
    judge(&specified_by::<S>(), history)
}

/// A history. What a failed operation has in place of a value is its error.
fn read(lines: &[(usize, Kind, &'static str, &str)]) -> History {
    let operation = |(process, kind, f, value): &(usize, Kind, &str, &str)| {
        let what = if *kind == Kind::Fail {
            "error"
        } else {
            "value"
        };
        format!(
            "{{:process {process}, :type :{}, :f :{f}, :{what} {value}}}",
            kind.name()
        )
    };
    let lines: Vec<String> = lines.iter().map(operation).collect();
    History::from_edn(&lines.join("\n")).expect("a history in EDN")
}

/// The value in EDN.
fn edn(text: &str) -> Value {
    Value::from_edn(text).expect("a value in EDN")
}
