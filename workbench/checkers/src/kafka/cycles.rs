//! Operations each of which must come before the next, in a circle.
//!
//! An operation comes before another if that polled what it sent, or began after it had ended.
//! (The order of the log says nothing: sends of several clients may mix in any way.) So without
//! transactions the only circle is a poll that shows a message before its send began.

use std::collections::BTreeMap;

use mael_history::PairEvent;
use mael_history::Value;

use super::analysis::Analysis;
use super::anomaly::{Anomaly, Case};
use super::events::{Event, Message};
use crate::elle::cycle_exists::{CycleExists, cycle_exists};
use crate::elle::cycles::Cycle;
use crate::elle::explain::step_value;
use crate::elle::graph::{Builder, Dependency, Node};
use crate::elle::order::link_realtime;
use crate::elle::{cycles, path_search};
use crate::kafka::steps::{Step, steps_of};

/// How many cycles of each kind are shown.
const LISTED: usize = 8;

/// The cycles, by the anomaly that they are; for each, which model has none.
pub(super) fn cycles(analysis: &Analysis<'_>) -> Vec<Anomaly> {
    let graph = graph(analysis);
    if graph.is_empty() {
        return vec![nothing()];
    }
    let graph = graph.build();
    let findings = cycles::find(&graph);
    let mut by_anomaly = BTreeMap::<&'static str, Vec<Circle<'_>>>::new();
    for cycle in &findings.cycles {
        let circle = Circle(cycle);
        by_anomaly.entry(cycle.anomaly).or_default().push(circle);
    }
    let mut anomalies = Vec::new();
    for (name, mut circles) in by_anomaly {
        circles.sort_by_key(|Circle(cycle)| cycle.steps.len());
        let shown = circles.iter().take(LISTED);
        anomalies.extend(Anomaly::of(name, &circles, shown, analysis));
    }
    let mut by_anomaly = BTreeMap::<&'static str, Vec<CycleExists>>::new();
    for existence in cycle_exists(&graph) {
        let name = existence.anomaly();
        by_anomaly.entry(name).or_default().push(existence);
    }
    for (name, cycle_exists) in by_anomaly {
        let shown = cycle_exists.iter().take(LISTED);
        anomalies.extend(Anomaly::of(name, &cycle_exists, shown, analysis));
    }
    if !findings.unfinished.is_empty() {
        anomalies.push(timeout(findings.unfinished.iter().map(|it| it.size)));
    }
    anomalies
}

/// What must come before what.
fn graph(analysis: &Analysis<'_>) -> Builder {
    let events = &analysis.events;
    let mut graph = Builder::new(events.len());
    let mut moments = Vec::new();
    for (number, event) in events.iter().enumerate() {
        let node = number as Node;
        for entry in event.polled.values().flatten() {
            if let Some(writer) = analysis.writer_number(entry.message) {
                graph.link(writer as Node, node, Dependency::Wr);
            }
        }
        // What never ended and was never seen need not have happened.
        let happened = event.completion.is_some() || analysis.committed(event);
        if event.is_transaction() && happened {
            moments.push((event.invocation.index, PairEvent::Invocation(node)));
            let completion = event
                .completion
                .map(|completion| (completion.index, PairEvent::Completion(node)));
            moments.extend(completion);
        }
    }
    moments.sort_by_key(|(index, _)| *index);
    let moments = moments.into_iter().map(|(_, moment)| moment);
    link_realtime(&mut graph, moments, |node| events[node as usize].kind());
    graph
}

/// `empty-transaction-graph`: as on the original, a history that says nothing is not right.
fn nothing() -> Anomaly {
    Anomaly {
        name: "empty-transaction-graph",
        result: Value::map([("count", 1.into()), ("errs", Value::List(Vec::new()))]),
        explanation: "no send or poll is known to come after another, so nothing could be judged; Maelstrom counts that as invalid".to_owned(),
    }
}

/// `cycle-search-timeout`: parts of the graph were too much work.
fn timeout(sizes: impl Iterator<Item = usize>) -> Anomaly {
    let sizes: Vec<usize> = sizes.collect();
    let errors = sizes.iter().map(|size| {
        Value::map([
            ("type", Value::keyword("cycle-search-timeout")),
            ("scc-size", (*size).into()),
        ])
    });
    Anomaly {
        name: "cycle-search-timeout",
        result: Value::map([
            ("count", sizes.len().into()),
            ("errs", Value::List(errors.collect())),
        ]),
        explanation: format!(
            "the search for cycles was too much work for {} groups of operations that all depend on each other, the largest of which has {}",
            sizes.len(),
            sizes.iter().max().unwrap_or(&0)
        ),
    }
}

struct Circle<'a>(&'a Cycle);

impl Case for Circle<'_> {
    fn to_value(&self, analysis: &Analysis<'_>) -> Value {
        let Self(cycle) = self;
        let event = |node: Node| &analysis.events[node as usize];
        let first = cycle.steps.first().map(|step| step.from);
        let nodes = cycle.steps.iter().map(|step| step.from).chain(first);
        let operations = nodes.map(|node| event(node).last().to_value());
        let steps = cycle.steps.iter();
        let steps =
            steps.map(|step| step_to_value(step, event(step.from), event(step.to), analysis));
        Value::map([
            ("type", Value::keyword(cycle.anomaly)),
            ("cycle", Value::List(operations.collect())),
            ("steps", Value::List(steps.collect())),
        ])
    }

    fn explain(&self, analysis: &Analysis<'_>) -> String {
        let Self(cycle) = self;
        let steps = cycle.steps.iter().map(|step| {
            let from = &analysis.events[step.from as usize];
            let to = &analysis.events[step.to as usize];
            match seen(from, to).filter(|_| step.dependency == Dependency::Wr) {
                Some(message) => format!(
                    "{} polled {}, which {} sent",
                    to.last().label(),
                    analysis.message(message),
                    from.last().label(),
                ),
                None => format!(
                    "{} began after {} had ended",
                    to.invocation.label(),
                    from.last().label(),
                ),
            }
        });
        steps.collect::<Vec<_>>().join(", but ")
    }

    fn size(&self) -> usize {
        self.0.steps.len()
    }
}

impl Case for CycleExists {
    fn to_value(&self, analysis: &Analysis<'_>) -> Value {
        CycleExists::to_value(self, |node| analysis.events[node as usize].last().index)
    }

    fn explain(&self, _: &Analysis<'_>) -> String {
        self.to_words()
    }

    fn size(&self) -> usize {
        self.transactions.len()
    }
}

/// A step of a cycle: what was polled, or what ended before what began.
fn step_to_value(
    step: &path_search::Step,
    from: &Event<'_>,
    to: &Event<'_>,
    analysis: &Analysis<'_>,
) -> Value {
    let value = step_value(step.dependency, from.last(), to.invocation);
    let message = seen(from, to).filter(|_| step.dependency == Dependency::Wr);
    let Some(message) = message else {
        return value;
    };
    let key = analysis.key_value(analysis.names.key_of(message));
    let sent = analysis.message_value(message);
    let position = |event: &Event<'_>, is_it: &dyn Fn(&Step<'_>) -> bool| {
        let mut micro_operations = event.last().value.items();
        micro_operations.position(|it| steps_of(it).iter().any(is_it))
    };
    let sends = |step: &Step<'_>| match step {
        Step::Send(of, (_, message)) => **of == key && **message == sent,
        Step::Poll(..) => false,
    };
    let polls = |step: &Step<'_>| match step {
        Step::Poll(of, polled) => **of == key && polled.iter().any(|(_, it)| **it == sent),
        Step::Send(..) => false,
    };
    let ends = (position(from, &sends), position(to, &polls));
    value
        .with("a-mop-index", ends.0)
        .with("b-mop-index", ends.1)
        .with("key", key)
        .with("value", sent)
}

/// A message that one operation sent and the other polled.
fn seen(from: &Event<'_>, to: &Event<'_>) -> Option<Message> {
    let sent = from.sent.values().flatten().map(|entry| entry.message);
    let polled = |message: &Message| {
        let mut polled = to.polled.values().flatten();
        polled.any(|entry| entry.message == *message)
    };
    sent.into_iter().find(polled)
}
