//! Tests integers of 1,000 digits in every workload and every format of a history.

mod large;
mod live;
mod recorded;

use mael_history::{History, Validity};
use mael_sim::Options;
use mael_sim::workloads::Workload;

/// Returns the history after it was stored and read in each format.
fn stored(history: &History) -> [History; 2] {
    let lines = |line: fn(&_) -> String| {
        let lines: Vec<String> = history.0.iter().map(line).collect();
        lines.join("\n")
    };
    let edn = lines(|operation| operation.to_string());
    let json = lines(|operation| serde_json::to_string(operation).unwrap());
    [
        History::from_edn(&edn).unwrap(),
        History::from_json(&json).unwrap(),
    ]
}

/// Returns the verdicts of a workload on the history in each format.
fn verdicts(workload: &dyn Workload, history: &History) -> [Validity; 2] {
    stored(history).map(|history| workload.check(&Options::default(), &history).valid)
}
