//! The run that is drawn.

use mael_history::{History, Process, Value};

use crate::anomalies::concerned;
use crate::calls::{Call, Functions, end};
use crate::faults::Fault;

/// A recorded run, which is drawn.
pub struct Run<'a> {
    pub(crate) workload: &'a str,
    /// The results of the workload's checker.
    pub(crate) checked: &'a Value,
    pub(crate) nodes: &'a [String],
    /// The number of client threads. Processes of the same thread run one after the other.
    pub(crate) threads: usize,
    pub(crate) calls: Vec<Call<'a>>,
    pub(crate) functions: Functions<'a>,
    pub(crate) faults: Vec<Fault>,
    /// The positions of the operations that are anomalous, in `calls`.
    pub(crate) anomalous: Vec<usize>,
    /// The time of the last entry of the history, in seconds.
    pub(crate) end: f64,
}

impl<'a> Run<'a> {
    /// Creates a run from its history, the result map of all checkers, the names of the nodes, and
    /// the number of client threads. Thread `t` talks to node `t` modulo the number of nodes.
    pub fn new(
        workload: &'a str,
        history: &'a History,
        results: &'a Value,
        nodes: &'a [String],
        threads: usize,
    ) -> Self {
        let calls = Call::all(history);
        let end = end(history);
        static NONE: Value = Value::Nil;
        let checked = results.get("workload").unwrap_or(&NONE);
        Self {
            workload,
            checked,
            nodes,
            threads: threads.max(1),
            functions: Functions::of(&calls),
            anomalous: concerned(checked, &calls),
            faults: Fault::of(history, end),
            calls,
            end,
        }
    }

    /// Returns when the first anomalous operation completed, in seconds.
    pub(crate) fn first_anomaly(&self) -> Option<f64> {
        let call = &self.calls[*self.anomalous.first()?];
        Some(call.end().unwrap_or(call.start()))
    }

    /// Returns the thread of a process, unless it has a name instead of a number.
    pub(crate) fn thread(&self, process: &Process) -> Option<usize> {
        match process {
            Process::Client(number) => Some(number % self.threads),
            Process::Named(_) | Process::Nemesis => None,
        }
    }

    /// Returns the node that a client thread talks to.
    pub(crate) fn node_of(&self, thread: usize) -> Option<&'a str> {
        let nodes = self.nodes;
        (!nodes.is_empty()).then(|| &*nodes[thread % nodes.len()])
    }

    /// Returns a name for the client of a process: its thread and its node, or its own name.
    pub(crate) fn client(&self, process: &Process) -> String {
        let Some(thread) = self.thread(process) else {
            return process.to_string();
        };
        match self.node_of(thread) {
            Some(node) => format!("client {thread} → {node}"),
            None => format!("client {thread}"),
        }
    }
}
