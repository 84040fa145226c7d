//! Explanations of cycles: which transaction must come before which, and why.

use mael_history::{Operation, Value};

use super::anomalies::Case;
use super::cycles::Cycle;
use super::graph::{Dependency, Node};
use super::path_search::Step;
use super::transactions::Transactions;

/// Why one transaction depends on another.
pub(crate) struct Reason<'h> {
    /// The key that causes the dependency.
    pub(crate) key: &'h Value,
    /// The version that the first transaction wrote or read.
    pub(crate) value: Value,
    /// The version that the second transaction wrote, unless it is the same.
    pub(crate) next: Option<Value>,
    /// The position of the first transaction's micro-operation.
    pub(crate) from_position: u32,
    /// The position of the second transaction's micro-operation.
    pub(crate) to_position: u32,
}

/// Explains dependencies.
pub(crate) trait Explain<'h> {
    /// Returns the transactions.
    fn transactions(&self) -> &Transactions<'h>;

    /// Returns why the second transaction of a step depends on the first, if it does so by data.
    fn reason(&self, step: Step) -> Option<Reason<'h>>;

    /// Describes the reason in a sentence, in which the transactions are called `from` and `to`.
    fn words(&self, step: Step, reason: &Reason<'h>, from: &str, to: &str) -> String;
}

/// Returns a cycle as a case of its anomaly.
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
            (Dependency::Process, _) => format!("the same process executed {from} before {to}"),
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
        text: format!("{}: a contradiction", sentences.join("; ")),
    }
}

/// Describes that one transaction completed before another was invoked. The order of the history
/// counts, so times are given only if they agree with it.
fn in_realtime(from: &str, ended: &Operation, to: &str, began: &Operation) -> String {
    let seconds = |operation: &Operation| operation.time as f64 / 1e9;
    if ended.time < began.time {
        let (ended, began) = (seconds(ended), seconds(began));
        return format!(
            "{from} completed at {ended:.6} s, before {to} was invoked at {began:.6} s"
        );
    }
    format!(
        "{from} completed with operation {}, before {to} was invoked with operation {}",
        ended.index, began.index
    )
}

/// Returns a step with Elle's keys. A realtime step has the completion of one operation and the
/// invocation of another, and a process step has the process. For a step by data, see
/// [`Reason::add_to`].
pub(crate) fn step_value(dependency: Dependency, from: &Operation, began: &Operation) -> Value {
    let step = Value::map([("type", Value::keyword(dependency.name()))]);
    match dependency {
        Dependency::Realtime => step.with("a'", from.to_value()).with("b", began.to_value()),
        Dependency::Process => step.with("process", from.process.clone()),
        Dependency::Ww | Dependency::Wr | Dependency::Rw | Dependency::Via => step,
    }
}

impl Reason<'_> {
    /// Adds the reason to a step, with Elle's keys.
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
