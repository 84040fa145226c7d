//! The verdict of a search: results and explanations.

use std::collections::HashSet;

use mael_history::{Operation, Validity, Value};

use super::call::{Call, CallId};
use super::configuration::NodeId;
use super::model::Model;
use super::search::{Search, SearchOutcome};
use crate::Verdict;

/// How many configurations and paths are listed, as in Knossos.
const LISTED: usize = 10;

/// The verdict of a search.
pub(super) fn verdict<M: Model>(
    model: &M,
    search: &Search<'_, M>,
    outcome: SearchOutcome,
) -> Verdict {
    match outcome {
        SearchOutcome::Order(node) => valid(model, search, node),
        SearchOutcome::Stuck(return_index) => invalid(model, search, return_index),
        SearchOutcome::GivenUp(return_index) => given_up(search, return_index),
        SearchOutcome::FalseHint => false_hint(search),
    }
}

/// The indexes of the operations, in the order that leads to a node.
pub(super) fn witness<M: Model>(search: &Search<'_, M>, node: NodeId) -> Value {
    let order = search.order(node).into_iter();
    let indexes = order.map(|id| search.calls.get(id).operation().index.into());
    Value::List(indexes.collect())
}

/// The verdict if there is an order.
fn valid<M: Model>(model: &M, search: &Search<'_, M>, node: NodeId) -> Verdict {
    let results = Value::map([
        ("valid?", Validity::True.into()),
        ("model", model.show(search.state(node))),
        ("final-paths", Value::List(Vec::new())),
        ("configs", Value::List(Vec::new())),
        ("witness", witness(search, node)),
    ]);
    Verdict {
        valid: Validity::True,
        results,
        explanation: Vec::new(),
    }
}

/// The verdict if there is no order: the call at `return_index` can't be placed.
fn invalid<M: Model>(model: &M, search: &Search<'_, M>, return_index: u32) -> Verdict {
    let stuck = Stuck::new(model, search, return_index);
    let last_returned = return_index.checked_sub(1).map(|id| search.calls.get(id));
    let results = Value::map([
        ("valid?", Validity::False.into()),
        ("op", stuck.call.operation().to_value()),
        (
            "previous-ok",
            last_returned.map(|call| call.operation().to_value()).into(),
        ),
        ("last-op", stuck.last_op()),
        ("configs", stuck.configurations()),
        ("final-paths", stuck.final_paths()),
    ]);
    Verdict {
        valid: Validity::False,
        results,
        explanation: vec![stuck.explain()],
    }
}

/// The verdict if the search ran out of memory.
fn given_up<M: Model>(search: &Search<'_, M>, return_index: u32) -> Verdict {
    let unknown = search.calls.indeterminate(return_index).count();
    let others = search.calls.concurrent(return_index) + 1;
    let (others, advice) = match search.calls.is_real_time() {
        true => (format!("{others} concurrent ones"), ADVICE),
        false => (format!("those of {others} processes"), MEMORY_ADVICE),
    };
    let reason = format!(
        "gave up after {} configurations that take {}: there is an order up to {}, but {unknown} operations of unknown outcome and {others} allow too many; {advice}",
        search.nodes.len(),
        megabytes(search.bytes()),
        search.calls.get(return_index).operation().label(),
    );
    out_of_budget(reason)
}

/// The verdict if the model contradicts one of its hints.
fn false_hint<M: Model>(search: &Search<'_, M>) -> Verdict {
    let hint = search.states.false_hint().expect("a hint is false");
    let has_action = |call: &&Call<'_>| call.action == hint.action;
    let call = search.calls.iter().find(has_action);
    let call = describe(call.expect("each action is one of a call").operation());
    Verdict::unknown(format!("the model claims that {call} {}", hint.claim))
}

/// The verdict if too many operations are concurrent to start a search.
pub(super) fn too_concurrent(bytes: u64) -> Verdict {
    out_of_budget(format!(
        "too many operations are concurrent: the lists of those running at each return take {}; {ADVICE}",
        megabytes(bytes)
    ))
}

/// What to do if histories of one object can't be checked on their own.
const MEMORY_ADVICE: &str =
    "allow more memory with --checker-memory, or record a shorter run or one with fewer clients";

/// What to do about a history whose check needs more memory.
const ADVICE: &str = "allow more memory with --checker-memory, check each object or key on its own, have the model report which actions only read or overwrite, or record a shorter run or one with fewer clients";

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

fn out_of_budget(reason: String) -> Verdict {
    Verdict {
        valid: Validity::Unknown,
        results: Value::map([
            ("valid?", Validity::Unknown.into()),
            ("cause", Value::keyword("out-of-budget")),
        ]),
        explanation: vec![reason],
    }
}

/// A search that found no order.
struct Stuck<'s, 'a, M: Model> {
    model: &'s M,
    search: &'s Search<'a, M>,
    /// The call that can't be placed.
    call: &'s Call<'a>,
    /// The nodes with the greatest return index.
    furthest: Vec<NodeId>,
    /// Those among them whose parents have an earlier return index.
    arrivals: Vec<NodeId>,
}

impl<'s, 'a, M: Model> Stuck<'s, 'a, M> {
    fn new(model: &'s M, search: &'s Search<'a, M>, return_index: u32) -> Self {
        let return_index_of = |node: NodeId| search.nodes[node as usize].configuration.return_index;
        let is_furthest = |node: &NodeId| {
            return_index_of(*node) == return_index && !search.nodes[*node as usize].is_dominated
        };
        let nodes = 0..search.nodes.len() as NodeId;
        let furthest: Vec<NodeId> = nodes.filter(is_furthest).collect();
        let parent = |node: NodeId| search.nodes[node as usize].parent;
        let arrives = |node: &NodeId| {
            parent(*node).is_none_or(|parent| return_index_of(parent) < return_index)
        };
        let arrivals = furthest.iter().copied().filter(arrives).collect();
        Self {
            model,
            search,
            call: search.calls.get(return_index),
            furthest,
            arrivals,
        }
    }

    /// Returns the state at a node.
    fn state(&self, node: NodeId) -> &M::State {
        self.search.state(node)
    }

    /// Returns the last call on the path to a node.
    fn last_placed(&self, node: NodeId) -> Option<&Call<'a>> {
        let last = self.search.last_placed(node)?;
        Some(self.search.calls.get(last))
    }

    /// Returns, of the calls that are last in some order, the one that is last in the history.
    fn last_op(&self) -> Value {
        let placed = self
            .arrivals
            .iter()
            .filter_map(|node| self.last_placed(*node));
        let last = placed.max_by_key(|call| call.operation().index);
        last.map(|call| call.operation().to_value()).into()
    }

    fn configurations(&self) -> Value {
        let shown = self.arrivals.iter().take(LISTED);
        Value::List(shown.map(|node| self.configuration(*node)).collect())
    }

    /// Returns a configuration with Knossos's keys: the state, the last call, and the pending calls
    /// with the results that are known.
    fn configuration(&self, node: NodeId) -> Value {
        let configuration = &self.search.nodes[node as usize].configuration;
        let calls = self.search.calls;
        let pending = calls.candidates(configuration.return_index, &configuration.placed);
        let pending = pending.filter(|id| !configuration.has_placed(*id));
        let pending = pending.map(|id| {
            let call = calls.get(id);
            let invoked = Operation {
                value: call.operation().value.clone(),
                ..call.invocation.clone()
            };
            invoked.to_value()
        });
        let last = self.last_placed(node);
        Value::map([
            ("model", self.model.show(self.state(node))),
            (
                "last-op",
                last.map(|call| call.operation().to_value()).into(),
            ),
            ("pending", Value::List(pending.collect())),
        ])
    }

    fn final_paths(&self) -> Value {
        let shown = self.furthest.iter().take(LISTED);
        Value::List(shown.map(|node| self.final_path(*node)).collect())
    }

    /// Returns one attempt to place the call: the calls that were placed since the last return, the
    /// states after them, and why the call does not fit.
    fn final_path(&self, node: NodeId) -> Value {
        let path = self.search.path(node);
        let arrival = path
            .iter()
            .position(|node| self.arrivals.binary_search(node).is_ok());
        let (before, attempt) = path.split_at(arrival.map_or(0, |arrival| arrival + 1));
        let step = |call: &Call<'_>, model: Value| {
            Value::map([("op", call.operation().to_value()), ("model", model)])
        };
        let mut steps = Vec::new();
        if let Some(arrival) = before.last()
            && let Some(call) = self.last_placed(*arrival)
        {
            steps.push(step(call, self.model.show(self.state(*arrival))));
        }
        for node in attempt {
            let state = self.model.show(self.state(*node));
            for placed in self.search.nodes[*node as usize].placed() {
                let call = self.search.calls.get(placed.call());
                steps.push(step(call, state.clone()));
            }
        }
        let state = self.search.nodes[node as usize].configuration.state;
        let refusal = self.search.states.refusal(state, self.call.action);
        let refused = Value::map([("msg", refusal.into())]);
        steps.push(step(self.call, refused));
        Value::List(steps)
    }

    fn explain(&self) -> String {
        let is_real_time = self.search.calls.is_real_time();
        let mut text = format!(
            "{} can't be {}, {}",
            describe(self.call.operation()),
            match is_real_time {
                true => "linearized: just before it returned",
                false =>
                    "placed in any order that keeps the order of each process: after all operations that returned before it",
            },
            self.explain_states()
        );
        let others = self.search.calls.concurrent(self.call_id());
        let indeterminate = self.search.calls.indeterminate(self.call_id()).count();
        if others + indeterminate > 0 {
            let others = match is_real_time {
                true => format!("others before it ({others} concurrent"),
                false => format!("later ones before it (of {others} other processes"),
            };
            text.push_str(&format!(
                ", and ordering {others}, {indeterminate} of unknown outcome) does not help"
            ));
        }
        text.push_str(&self.explain_history());
        text
    }

    /// Lists the possible states, and which call led to each.
    fn explain_states(&self) -> String {
        let mut known = HashSet::new();
        let mut nodes = self.arrivals.clone();
        nodes.retain(|node| known.insert(self.search.nodes[*node as usize].configuration.state));
        let more = nodes.len().saturating_sub(LISTED);
        nodes.truncate(LISTED);
        let mut texts = Vec::new();
        for node in nodes {
            let state = self.state(node);
            let left = match self.last_change(node) {
                Some(id) => {
                    format!("after {}", describe(self.search.calls.get(id).operation()))
                }
                None => "the initial state".to_owned(),
            };
            texts.push(format!("{} ({left})", self.model.show(state)));
        }
        let only = if self.search.is_exhausted {
            "only be"
        } else {
            "be, among others,"
        };
        let mut text = format!("the state could {only} {}", texts.join(" or "));
        if more > 0 {
            text.push_str(&format!(" or one of {more} more"));
        }
        text
    }

    /// Explains when the call would have fit for the last time, in the first of the possible
    /// orders.
    fn explain_history(&self) -> String {
        let Some(node) = self.arrivals.first() else {
            return String::new();
        };
        let action = &self.search.calls.actions[self.call.action as usize];
        // The last change after which the call would have fit, and the next change.
        let mut last = None;
        let mut undone = None;
        self.retrace(*node, |id, state| {
            if self.model.step(state, action).is_ok() {
                last = Some(id);
                undone = None;
            } else if undone.is_none() {
                undone = id;
            }
        });
        let Some(last) = last else {
            return "; no earlier state would have fit either".to_owned();
        };
        let name = |id: Option<CallId>| match id {
            Some(id) => describe(self.search.calls.get(id).operation()),
            None => "the initial state".to_owned(),
        };
        format!(
            "; it would have fit after {}, but {} followed",
            name(last),
            name(undone)
        )
    }

    /// Returns the last call on the path to a node that changed the state.
    fn last_change(&self, node: NodeId) -> Option<CallId> {
        let mut last = None;
        self.retrace(node, |id, _| last = id);
        last
    }

    /// Visits the states on the path to a node, each with the call that led to it; the initial
    /// state has none. They are recomputed rather than stored, since they may be large.
    fn retrace(&self, node: NodeId, mut visit: impl FnMut(Option<CallId>, &M::State)) {
        let mut state = self.model.initial();
        visit(None, &state);
        for id in self.search.order(node) {
            let call = self.search.calls.get(id);
            let action = &self.search.calls.actions[call.action as usize];
            if let Ok(next) = self.model.step(&state, action)
                && next != state
            {
                visit(Some(id), &next);
                state = next;
            }
        }
    }

    fn call_id(&self) -> CallId {
        self.search.nodes[self.furthest[0] as usize]
            .configuration
            .return_index
    }
}

/// Describes an operation in a sentence.
pub(crate) fn describe(operation: &Operation) -> String {
    format!(
        "{} {} of {}",
        operation.f,
        operation.value,
        operation.label()
    )
}
