//! Cycles in words: who must come before whom, and why.

use mael_history::{Operation, Value};

use super::anomalies::Case;
use super::cycles::Cycle;
use super::graph::{Dependency, Node};
use super::path_search::Step;
use super::transactions::Transactions;

/// Why one transaction depends on another.
pub(crate) struct Reason<'h> {
    /// The key by which it does.
    pub(crate) key: &'h Value,
    /// The version that the first one wrote or read.
    pub(crate) value: Value,
    /// The version that the second one wrote, unless that is the same.
    pub(crate) next: Option<Value>,
    /// The micro-operation of the first one.
    pub(crate) from_position: u32,
    /// The micro-operation of the second one.
    pub(crate) to_position: u32,
}

/// Knows why a dependency is there.
pub(crate) trait Explain<'h> {
    /// The transactions.
    fn transactions(&self) -> &Transactions<'h>;

    /// Why the second transaction of a step depends on the first, by data.
    fn reason(&self, step: Step) -> Option<Reason<'h>>;

    /// The same in words, in which the two have names.
    fn words(&self, step: Step, reason: &Reason<'h>, from: &str, to: &str) -> String;
}

/// A cycle as a case of its anomaly.
pub(crate) fn explain<'h>(explainer: &impl Explain<'h>, cycle: &Cycle) -> Case {
    let transactions = explainer.transactions();
    let nodes: Vec<Node> = cycle.steps.iter().map(|step| step.from).collect();
    let name = |node: Node| {
        let position = nodes.iter().position(|other| *other == node);
        format!("T{}", position.map_or(0, |position| position + 1))
    };
    let mut sentences = Vec::new();
    for node in &nodes {
        let operation = transactions.operation(*node);
        sentences.push(format!(
            "{} is {}, {}",
            name(*node),
            operation.label(),
            operation.value
        ));
    }
    let mut steps = Vec::new();
    for step in &cycle.steps {
        let began = transactions.list[step.to as usize].invocation;
        let by_data = ![Dependency::Realtime, Dependency::Process].contains(&step.dependency);
        let reason = by_data.then(|| explainer.reason(*step)).flatten();
        let (from, to) = (name(step.from), name(step.to));
        let why = match (step.dependency, &reason) {
            (Dependency::Realtime, _) => {
                in_realtime(&from, transactions.operation(step.from), &to, began)
            }
            (Dependency::Process, _) => format!("the same process did {from} before {to}"),
            (_, Some(reason)) => explainer.words(*step, reason, &from, &to),
            (_, None) => format!("{to} depends on {from}"),
        };
        sentences.push(format!("{from} comes before {to}, because {why}"));
        let value = step_value(step.dependency, transactions.operation(step.from), began);
        steps.push(match reason {
            Some(reason) => reason.add_to(value),
            None => value,
        });
    }
    let ends = nodes.iter().chain(nodes.first());
    let operations = ends.map(|node| transactions.operation(*node).to_value());
    Case {
        index: nodes
            .iter()
            .map(|node| transactions.operation(*node).index)
            .min()
            .unwrap_or(0),
        value: Value::map([
            ("type", Value::keyword(cycle.anomaly)),
            ("cycle", Value::List(operations.collect())),
            ("steps", steps.into()),
        ]),
        text: format!("{}: none of them can be first", sentences.join("; ")),
    }
}

/// That one transaction ended before another began. What counts is the order of the history, so
/// times are given only where they agree with it.
fn in_realtime(from: &str, ended: &Operation, to: &str, began: &Operation) -> String {
    let seconds = |operation: &Operation| operation.time as f64 / 1e9;
    if ended.time < began.time {
        let (ended, began) = (seconds(ended), seconds(began));
        return format!("{from} ended at {ended:.6} s, before {to} began at {began:.6} s");
    }
    format!(
        "{from} ended with operation {}, before {to} began with operation {}",
        ended.index, began.index
    )
}

/// A step with Elle's keys: one by the clock has the end of an operation and the begin of another,
/// one by process the process. What is by data has a [reason](Reason) to add.
pub(crate) fn step_value(dependency: Dependency, from: &Operation, began: &Operation) -> Value {
    let step = Value::map([("type", Value::keyword(dependency.name()))]);
    match dependency {
        Dependency::Realtime => step.with("a'", from.to_value()).with("b", began.to_value()),
        Dependency::Process => step.with("process", from.process.clone()),
        Dependency::Ww | Dependency::Wr | Dependency::Rw | Dependency::Via => step,
    }
}

impl Reason<'_> {
    /// Adds to a step why it is there, with Elle's keys.
    fn add_to(self, step: Value) -> Value {
        let step = step
            .with("key", self.key.clone())
            .with("value", self.value)
            .with("a-mop-index", self.from_position)
            .with("b-mop-index", self.to_position);
        match self.next {
            Some(next) => step.with("value'", next),
            None => step,
        }
    }
}
