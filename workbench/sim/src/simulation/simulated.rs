//! What comes of a simulated run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use mael_history::Validity;

use super::inconclusive;
use super::node_log::NodeLog;
use crate::engine::Record;
use crate::judge::{PANIC, Results};

/// What is wrong with a run of which no operation was judged, if nothing else is.
pub(crate) const NOTHING_JUDGED: &str = "nothing-judged";

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
    /// What the nodes logged, by node.
    pub logs: BTreeMap<String, NodeLog>,
    /// What the nodes have in storage at the end: files, by their paths.
    pub storage: BTreeMap<PathBuf, Vec<u8>>,
}

impl Simulated {
    /// The history, one JSON object a line.
    pub(crate) fn history(&self) -> Vec<u8> {
        let mut lines = Vec::new();
        for operation in &self.record.history.0 {
            serde_json::to_writer(&mut lines, operation).expect("operations have a form in JSON");
            lines.push(b'\n');
        }
        lines
    }

    /// What was wrong with the run, by name: anomalies as Maelstrom calls them (`lost`, `G1a`, ...),
    /// `panic at FILE:LINE` for each place at which nodes panicked, `broken` if it did not come to its
    /// end, and `nothing-judged` if nothing else was wrong but
    /// [no operation was judged](mael_checkers::Coverage). Empty if it [passed](Self::passed).
    pub fn anomalies(&self) -> BTreeSet<String> {
        let mut anomalies = self.results.anomalies();
        if anomalies.remove(PANIC) {
            let groups = self.record.panics.groups();
            anomalies.extend(groups.map(|group| match &*group.first.place {
                "" => PANIC.to_owned(),
                place => format!("{PANIC} at {place}"),
            }));
        }
        if self.record.broken.is_some() {
            anomalies.insert("broken".to_owned());
        }
        if anomalies.is_empty() && !self.passed() {
            anomalies.insert(NOTHING_JUDGED.to_owned());
        }
        anomalies
    }

    /// Whether the run came to its end, some operation was judged, and nothing was wrong. Findings of
    /// [stricter checks](mael_checkers::stricter) count, unless [`strict`](super::Simulation::strict)
    /// turns that off.
    pub fn passed(&self) -> bool {
        let judged = self.results.coverage.judged > 0;
        self.record.broken.is_none() && self.results.outcome() == Validity::True && judged
    }

    /// Whether the run is inconclusive: nothing is wrong but that too little succeeded to judge it. No
    /// operation of some kind did, for reasons that a right node may have, such as a timeout, no leader
    /// or a missing key (`nothing-succeeded`); or none that depends on others (`empty-transaction-graph`, `nothing-judged`); or a
    /// checker could not tell (`unknown`). Faults do that now and then to a short run of a right node; a
    /// node that never does anything does it always. Where requests of some kind are refused as
    /// unsupported or malformed, that is no such reason.
    pub fn did_too_little(&self) -> bool {
        inconclusive::reasons(self).is_some()
    }
}
