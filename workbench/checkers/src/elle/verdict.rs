//! The verdict that follows from anomalies under the requested consistency models.
//!
//! Source: page "Checkers", sections 9, 11 and 12.

use std::collections::{BTreeMap, BTreeSet};

use mael_history::{Validity, Value};

use super::anomalies::{Anomalies, Case};
use super::cycle_exists::CycleExists;
use super::cycles::{self, Findings, Unfinished};
use super::explain::{Explain, explain};
use super::graph::Builder;
use super::models;
use super::order::Order;
use crate::Verdict;

/// The dependency graph has no edges.
const EMPTY: &str = "empty-transaction-graph";

/// A search for cycles exceeded its budget.
const UNFINISHED: &str = "cycle-search-timeout";

/// The requested consistency models.
pub(crate) struct Models {
    prohibited: BTreeSet<&'static str>,
}

impl Models {
    /// Looks up models by any of their names.
    ///
    /// # Errors
    /// Returns an error if there is no model of a name.
    pub(crate) fn new(names: &[String]) -> Result<Self, String> {
        let names: Result<Vec<_>, _> = names.iter().map(|name| models::canonical(name)).collect();
        Ok(Self {
            prohibited: models::prohibited_anomalies(names?),
        })
    }

    /// Returns the order of transactions that the models need in addition to that of the data.
    pub(crate) fn order(&self) -> Option<Order> {
        let any = |form: &str| self.prohibited.iter().any(|name| name.ends_with(form));
        if any("-realtime") {
            Some(Order::Realtime)
        } else {
            any("-process").then_some(Order::Process)
        }
    }

    fn prohibit(&self, anomaly: &str) -> bool {
        self.prohibited.contains(anomaly)
    }
}

/// Searches a graph for cycles and adds them to the anomalies. `outcome` is the explanation if the
/// graph is empty.
pub(crate) fn add_cycles<'h>(
    graph: Builder,
    explainer: &impl Explain<'h>,
    anomalies: &mut Anomalies,
    outcome: &str,
) {
    if graph.is_empty() {
        let text = format!("the dependency graph is empty: {outcome}");
        let value = Value::Bool(true);
        anomalies.add(
            EMPTY,
            Case {
                index: 0,
                value,
                text,
            },
        );
        return;
    }
    let Findings {
        cycles,
        unfinished,
        cycle_exists,
    } = cycles::find(&graph.build());
    for cycle in &cycles {
        anomalies.add(cycle.anomaly, explain(explainer, cycle));
    }
    for unfinished in unfinished {
        anomalies.add(UNFINISHED, unfinished_case(unfinished));
    }
    for cycle_exists in cycle_exists {
        let transactions = explainer.transactions();
        let index = |transaction: u32| transactions.operation(transaction).index;
        anomalies.add(
            cycle_exists.anomaly(),
            cycle_exists_case(&cycle_exists, index),
        );
    }
}

fn unfinished_case(unfinished: Unfinished) -> Case {
    let Unfinished {
        anomaly,
        absent,
        size,
    } = unfinished;
    let absent: Vec<Value> = absent.into_iter().map(Value::keyword).collect();
    Case {
        index: 0,
        text: format!(
            "the search for {anomaly} exceeded its budget in a strongly connected component of {size} transactions"
        ),
        value: Value::map([
            ("type", Value::keyword(UNFINISHED)),
            ("anomaly-spec-type", Value::keyword(anomaly)),
            ("does-not-contain", absent.into()),
            ("scc-size", size.into()),
        ]),
    }
}

fn cycle_exists_case(cycle_exists: &CycleExists, index: impl Fn(u32) -> usize) -> Case {
    let indices = cycle_exists.transactions.iter().map(|it| index(*it));
    Case {
        index: indices.min().unwrap_or(0),
        text: cycle_exists.to_words(),
        value: cycle_exists.to_value(index),
    }
}

/// Returns the verdict on a history of lists.
pub(crate) fn of_lists(anomalies: Anomalies, models: &Models) -> Verdict {
    let names: Vec<&str> = anomalies.names().collect();
    let reported = reported(anomalies, models);
    let valid = if reported.keys().any(|name| models.prohibit(name)) {
        Validity::False
    } else if reported.is_empty() {
        Validity::True
    } else {
        Validity::Unknown
    };
    if valid == Validity::True {
        valid_verdict([])
    } else {
        verdict_with_anomalies(valid, &names, reported)
    }
}

/// Returns the verdict on a history of registers: every reported anomaly makes it invalid, except a
/// search that exceeded its budget.
pub(crate) fn of_registers(anomalies: Anomalies, models: &Models) -> Verdict {
    let names: Vec<&str> = anomalies.names().collect();
    let mut reported = reported(anomalies, models);
    reported.remove(UNFINISHED);
    if reported.is_empty() {
        valid_verdict([
            ("anomaly-types", Value::List(Vec::new())),
            ("anomalies", Value::Nil),
        ])
    } else {
        verdict_with_anomalies(Validity::False, &names, reported)
    }
}

fn valid_verdict<const N: usize>(entries: [(&'static str, Value); N]) -> Verdict {
    let valid = Validity::True;
    let entries = entries.into_iter().chain([("valid?", valid.into())]);
    Verdict {
        valid,
        results: Value::map(entries),
        explanation: Vec::new(),
    }
}

/// Returns the anomalies that the models prohibit and those that make the verdict unknown. A
/// `-cycle-exists` anomaly is left out if another one rules out the same model.
fn reported(anomalies: Anomalies, models: &Models) -> BTreeMap<&'static str, Vec<Case>> {
    let mut reported = anomalies.into_sorted();
    reported.retain(|name, _| models.prohibit(name) || [EMPTY, UNFINISHED].contains(name));
    let model_of = |name: &'static str| name.strip_suffix("-cycle-exists");
    let others = reported
        .keys()
        .copied()
        .filter(|name| model_of(name).is_none());
    let impossible = models::impossible_models(others);
    reported.retain(|name, _| model_of(name).is_none_or(|model| !impossible.contains(model)));
    reported
}

/// The maximum number of cases of an anomaly that are explained.
const LISTED: usize = 3;

fn verdict_with_anomalies(
    valid: Validity,
    found: &[&'static str],
    reported: BTreeMap<&'static str, Vec<Case>>,
) -> Verdict {
    let (not, also_not) = models::boundary(found.iter().copied());
    let keywords = |names: Vec<&'static str>| Value::Set(named(names));
    let types: Vec<Value> = named(reported.keys().copied());
    let (anomalies, mut explanation) = cases_and_explanations(reported);
    if !not.is_empty() {
        explanation.push(format!("so the history is not {}", not.join(", and not ")));
    }
    Verdict {
        valid,
        results: Value::map([
            ("valid?", valid.into()),
            ("anomaly-types", types.into()),
            ("anomalies", anomalies),
            ("not", keywords(not)),
            ("also-not", keywords(also_not)),
        ]),
        explanation,
    }
}

fn named<C: FromIterator<Value>>(names: impl IntoIterator<Item = &'static str>) -> C {
    names.into_iter().map(Value::keyword).collect()
}

/// Returns the cases as a map by anomaly, and their explanations.
fn cases_and_explanations(anomalies: BTreeMap<&'static str, Vec<Case>>) -> (Value, Vec<String>) {
    let mut entries = Vec::new();
    let mut texts = Vec::new();
    for (name, cases) in anomalies {
        let listed = cases.iter().take(LISTED);
        texts.extend(listed.map(|case| format!("{name}: {}", case.text)));
        if cases.len() > LISTED {
            texts.push(format!("{name}: and {} more", cases.len() - LISTED));
        }
        let values = cases.into_iter().map(|case| case.value);
        entries.push((name, Value::List(values.collect())));
    }
    (Value::map(entries), texts)
}
