//! What comes of a simulated run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::Validity;
use crate::checkers::Results;
use crate::engine::Record;

/// What is wrong with a run in which too little succeeded to judge it, which faults do to a short
/// run of a right node.
const TOO_LITTLE: [&str; 4] = [
    "nothing-succeeded",
    "empty-transaction-graph",
    "unknown",
    NOTHING_JUDGED,
];

/// What is wrong with a run of which no operation was judged, if nothing else is.
const NOTHING_JUDGED: &str = "nothing-judged";

/// One simulated run, and what the checkers say of it.
#[derive(Debug)]
pub struct Simulated {
    /// The seed that replays it.
    pub seed: u64,
    /// What was recorded.
    pub record: Record,
    /// What the checkers say.
    pub results: Results,
    /// The journal of messages, one JSON object a line; empty unless it was asked for.
    pub journal: Vec<u8>,
    /// What the nodes wrote to their logs, by node.
    pub logs: BTreeMap<String, String>,
    /// What the nodes have in storage at the end: files, by their paths.
    pub storage: BTreeMap<PathBuf, Vec<u8>>,
}

impl Simulated {
    /// The history, one JSON object a line.
    pub(super) fn history(&self) -> Vec<u8> {
        let mut lines = Vec::new();
        for operation in &self.record.history.0 {
            serde_json::to_writer(&mut lines, operation).expect("operations have a form in JSON");
            lines.push(b'\n');
        }
        lines
    }

    /// What was wrong with the run, by name: anomalies as Maelstrom calls them (`lost`, `G1a`, ...),
    /// `broken` if it did not come to its end, and `nothing-judged` if nothing else was wrong but
    /// [no operation was judged](crate::checkers::Coverage). Empty if it [passed](Self::passed).
    pub fn anomalies(&self) -> BTreeSet<String> {
        let mut anomalies = self.results.anomalies();
        if self.record.broken.is_some() {
            anomalies.insert("broken".to_owned());
        }
        if anomalies.is_empty() && !self.passed() {
            anomalies.insert(NOTHING_JUDGED.to_owned());
        }
        anomalies
    }

    /// Whether the run came to its end, some operation was judged, and nothing was wrong. Findings of
    /// [stricter checks](crate::checkers::stricter) count, unless [`strict`](super::Simulation::strict)
    /// turns that off.
    pub fn passed(&self) -> bool {
        let judged = self.results.coverage.judged > 0;
        self.record.broken.is_none() && self.results.outcome() == Validity::True && judged
    }

    /// Whether nothing speaks against the nodes but that too little succeeded to judge the run: no
    /// operation of some kind did, or none that says anything of others (`nothing-succeeded`,
    /// `empty-transaction-graph`, `nothing-judged`), or a checker could not tell (`unknown`). Faults do that now and
    /// then to a short run of a right node; a node that never does anything does it always.
    pub fn did_too_little(&self) -> bool {
        let too_little = |name: &String| TOO_LITTLE.contains(&name.as_str());
        !self.passed() && self.anomalies().iter().all(too_little)
    }
}
