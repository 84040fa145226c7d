//! The result of a simulated run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use mael_history::Validity;

use super::inconclusive;
use super::node_log::NodeLog;
use crate::engine::Record;
use crate::judge::{PANIC, Results};

/// A simulated run, with the results of its checkers.
#[derive(Debug)]
pub struct Simulated {
    /// The seed that replays it.
    pub seed: u64,
    /// The record of the run.
    pub record: Record,
    /// The results of the checkers.
    pub results: Results,
    /// The journal of messages, one JSON object per line. Empty unless it was enabled.
    pub journal: Vec<u8>,
    /// The logs of the nodes, by node.
    pub logs: BTreeMap<String, NodeLog>,
    /// The storage of the nodes at the end of the run: files by path.
    pub storage: BTreeMap<PathBuf, Vec<u8>>,
}

impl Simulated {
    /// Returns the names of the anomalies of the run: those of Maelstrom (`lost`, `G1a`, ...),
    /// `panic at FILE:LINE` for each location of a panic, `broken` if the run ended early, and
    /// `nothing-judged` if there is no other anomaly but [no operation was
    /// checked](mael_checkers::Coverage). Empty if the run [passed](Self::passed).
    pub fn anomalies(&self) -> BTreeSet<String> {
        let mut anomalies = self.results.anomalies();
        if anomalies.remove(PANIC) {
            let groups = self.record.panics.groups();
            anomalies.extend(groups.map(|group| match &*group.first.place {
                "" => PANIC.to_owned(),
                place => format!("{PANIC} at {place}"),
            }));
        }
        if self.record.error.is_some() {
            anomalies.insert("broken".to_owned());
        }
        if anomalies.is_empty() && !self.passed() {
            anomalies.insert(inconclusive::NOTHING_JUDGED.to_owned());
        }
        anomalies
    }

    /// Whether the run was completed, some operation was checked, and there were no anomalies.
    /// Findings of [stricter checks](mael_checkers::stricter) are anomalies, unless
    /// [`strict`](super::Simulation::strict) is false.
    pub fn passed(&self) -> bool {
        let judged = self.results.coverage.judged > 0;
        self.record.error.is_none() && self.results.outcome() == Validity::True && judged
    }

    /// Whether the run is inconclusive: too few operations succeeded to check it, and there is no
    /// other anomaly. Either no operation of some kind succeeded, for reasons that a correct node
    /// may have, such as a timeout, no leader or a missing key (`nothing-succeeded`), but not
    /// because a request is unsupported or malformed; or no transaction depends on another
    /// (`empty-transaction-graph`), no operation was checked (`nothing-judged`), or a checker could
    /// not decide (`unknown`). With faults, some short runs of a correct node are inconclusive. All
    /// runs of a node that never answers are.
    pub fn is_inconclusive(&self) -> bool {
        self.inconclusive_reasons().is_some()
    }

    /// Returns why the run is inconclusive, if it is.
    pub(super) fn inconclusive_reasons(&self) -> Option<Vec<String>> {
        if self.passed() {
            return None;
        }
        inconclusive::reasons(self.anomalies(), &self.record.history)
    }
}
