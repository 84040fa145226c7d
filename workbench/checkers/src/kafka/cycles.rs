//! Cycles of operations, each of which must come before the next.
//!
//! An operation comes before another that polled its message, or that was invoked after it had
//! completed. (The order of a log is no dependency, since sends of several clients may interleave
//! in any way.) So without transactions, the only cycle is a poll that returns a message before its
//! send was invoked.

use std::collections::BTreeMap;

use mael_history::{PairEvent, Value};

use super::analysis::Analysis;
use super::anomaly::{Anomaly, Case};
use super::events::{Event, MessageId};
use crate::elle::cycle_exists::{CycleExists, cycle_exists};
use crate::elle::cycles::Cycle;
use crate::elle::explain::step_value;
use crate::elle::graph::{Builder, Dependency, Node};
use crate::elle::order::link_realtime;
use crate::elle::{cycles, path_search};
use crate::kafka::steps::{Step, steps_of};

/// The maximum number of listed cycles of each anomaly.
const LISTED: usize = 8;

/// Returns the cycles by anomaly, then the models that a cycle rules out.
pub(super) fn cycles(analysis: &Analysis<'_>) -> Vec<Anomaly> {
    let graph = graph(analysis);
    if graph.is_empty() {
        return vec![empty_graph()];
    }
    let graph = graph.build();
    let findings = cycles::find(&graph);
    let mut by_anomaly = BTreeMap::<&'static str, Vec<CycleCase<'_>>>::new();
    for cycle in &findings.cycles {
        let case = CycleCase(cycle);
        by_anomaly.entry(cycle.anomaly).or_default().push(case);
    }
    let mut anomalies = Vec::new();
    for (name, mut cases) in by_anomaly {
        cases.sort_by_key(|CycleCase(cycle)| cycle.steps.len());
        let shown = cases.iter().take(LISTED);
        anomalies.extend(Anomaly::of(name, &cases, shown, analysis));
    }
    let mut by_anomaly = BTreeMap::<&'static str, Vec<CycleExists>>::new();
    for found in cycle_exists(&graph) {
        let name = found.anomaly();
        by_anomaly.entry(name).or_default().push(found);
    }
    for (name, cases) in by_anomaly {
        let shown = cases.iter().take(LISTED);
        anomalies.extend(Anomaly::of(name, &cases, shown, analysis));
    }
    if !findings.unfinished.is_empty() {
        anomalies.push(timeout(findings.unfinished.iter().map(|it| it.size)));
    }
    anomalies
}

/// Builds the dependency graph.
fn graph(analysis: &Analysis<'_>) -> Builder {
    let events = &analysis.events;
    let mut graph = Builder::new(events.len());
    let mut pair_events = Vec::new();
    for (number, event) in events.iter().enumerate() {
        let node = number as Node;
        for entry in event.polled.values().flatten() {
            if let Some(writer) = analysis.writer_number(entry.message) {
                graph.link(writer as Node, node, Dependency::Wr);
            }
        }
        // An operation that never completed and whose messages were never polled need not have
        // happened.
        let may_have_happened = event.completion.is_some() || analysis.committed(event);
        if event.is_transaction() && may_have_happened {
            pair_events.push((event.invocation.index, PairEvent::Invocation(node)));
            let completion = event
                .completion
                .map(|completion| (completion.index, PairEvent::Completion(node)));
            pair_events.extend(completion);
        }
    }
    pair_events.sort_by_key(|(index, _)| *index);
    let pair_events = pair_events.into_iter().map(|(_, event)| event);
    link_realtime(&mut graph, pair_events, |node| events[node as usize].kind());
    graph
}

/// `empty-transaction-graph`: as in Jepsen, a history without dependencies is invalid.
fn empty_graph() -> Anomaly {
    Anomaly {
        name: "empty-transaction-graph",
        result: Value::map([("count", 1.into()), ("errs", Value::List(Vec::new()))]),
        explanation: "the dependency graph is empty: no send or poll is known to come after another, which Maelstrom counts as invalid".to_owned(),
    }
}

/// `cycle-search-timeout`: the search in parts of the graph exceeded its budget.
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
            "the search for cycles exceeded its budget in {} strongly connected components, the largest of which has {} operations",
            sizes.len(),
            sizes.iter().max().unwrap_or(&0)
        ),
    }
}

struct CycleCase<'a>(&'a Cycle);

impl Case for CycleCase<'_> {
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
                    "{} was invoked after {} had completed",
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

/// Returns a step of a cycle with Elle's keys.
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
    let positions = (position(from, &sends), position(to, &polls));
    value
        .with("a-mop-index", positions.0)
        .with("b-mop-index", positions.1)
        .with("key", key)
        .with("value", sent)
}

/// Returns a message that one operation sent and the other polled.
fn seen(from: &Event<'_>, to: &Event<'_>) -> Option<MessageId> {
    let sent = from.sent.values().flatten().map(|entry| entry.message);
    let polled = |message: &MessageId| {
        let mut polled = to.polled.values().flatten();
        polled.any(|entry| entry.message == *message)
    };
    sent.into_iter().find(polled)
}
