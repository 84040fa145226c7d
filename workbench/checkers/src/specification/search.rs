//! The search for an order in which all calls can have taken effect.

use std::cmp::Reverse;
use std::collections::VecDeque;

use rustc_hash::{FxHashMap, FxHashSet};

use super::call::CallId;
use super::calls::Calls;
use super::configuration::{Configuration, NodeId};
use super::model::{Effect, Model};
use super::queue::{Attempt, Queue, WorkItem};
use super::reachability::reachability_bound;
use super::states::{MAX_STATES, StateId, States};

/// The search may compare two configurations once for each this many bytes of its memory: a bound
/// on its time that does not depend on the machine.
const BYTES_PER_COMPARISON: u64 = 10;

/// The share of the memory (one part in this many) for states that are computed only to find out
/// whether a call may fit at all.
const LOOKAHEAD_SHARE: u64 = 8;

/// The overhead of one heap allocation, in bytes.
const ALLOCATION_OVERHEAD: usize = 16;

/// How many configurations are tried before the search finds out whether some call is impossible to
/// place, and stops there. It tries again each time it has twice as many.
const CONFIGURATIONS_AT_THE_BOUND: usize = 10_000;

/// A configuration and the path that led to it.
pub(super) struct SearchNode {
    pub(super) configuration: Configuration,
    pub(super) parent: Option<NodeId>,
    /// The call that was placed after the parent; `None` at the start.
    placed: Option<Placed>,
    /// The reads that were placed after that, because they fit.
    reads: Box<[CallId]>,
    /// Whether another node covers everything that can follow this one.
    pub(super) is_dominated: bool,
}

impl SearchNode {
    /// Returns the calls that were placed between the parent and this node, in their order.
    pub(super) fn placed(&self) -> impl DoubleEndedIterator<Item = Placed> {
        let reads = self.reads.iter().map(|id| Placed::Last(*id));
        self.placed.into_iter().chain(reads)
    }
}

/// Where a call was placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Placed {
    /// After all calls that were placed earlier.
    Last(CallId),
    /// Just before the last overwrite.
    Overwritten(CallId),
}

impl Placed {
    pub(super) fn call(self) -> CallId {
        match self {
            Self::Last(id) | Self::Overwritten(id) => id,
        }
    }
}

/// The result of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SearchOutcome {
    /// There is an order: the one that leads to this node.
    Order(NodeId),
    /// There is none: the call with this return index can't be placed.
    Stuck(u32),
    /// The memory ran out; the search had reached this return index.
    GivenUp(u32),
    /// A hint of the model is false.
    FalseHint,
}

/// A search for an order, and the nodes it has visited.
///
/// This is just-in-time linearization (Lowe, "Testing for linearizability", 2017, section 5):
/// before a call's return, only calls that must precede it are placed. The most advanced
/// configuration is tried first; among equals, the one that has placed the fewest calls of unknown
/// outcome. When the search makes no progress, earlier configurations are tried in alternation (see
/// [`Queue`]). These rules limit the number of configurations:
/// - Each state has a number, and each step is computed once (Horn and Kroening, "Faster
///   linearizability checking via P-compositionality", 2015, and Wing and Gong, "Testing and
///   verifying concurrent objects", 1993, on whose search this one is based).
/// - A call that only reads is placed as soon as it fits, since it can't prevent any other call.
/// - An overwrite whose effect is not needed is placed just before the next overwrite, when it
///   returns.
/// - Of running calls with the same action, the one that returns first is placed first.
/// - Other calls are not placed before a call that fits after none of them, and those after which
///   it fits are tried before the rest.
/// - Where only the order of each process counts, the calls that may precede a return are the next
///   ones of all processes; no overwrite is placed before another one, and of calls with the same
///   action only those of unknown outcome are exchanged.
/// - A configuration that another one dominates is dropped, so calls of unknown outcome matter only
///   while they are useful.
pub(super) struct Search<'a, M: Model> {
    pub(super) calls: &'a Calls<'a, M::Action>,
    pub(super) states: States<'a, M>,
    pub(super) nodes: Vec<SearchNode>,
    queue: Queue,
    /// The nodes that no other dominates, by return index and state.
    undominated: FxHashMap<(u32, StateId), Vec<NodeId>>,
    /// Whether the next call to return may fit after others, by return index and state.
    may_fit: FxHashMap<(u32, StateId), bool>,
    /// Set once the states reachable by placing calls any number of times were too many to explore:
    /// most models have either few states or infinitely many. From then on, every call is assumed
    /// to fit.
    is_unbounded: bool,
    /// The memory limit, in bytes.
    memory: u64,
    /// The heap memory of all nodes, in bytes.
    heap_bytes: usize,
    comparisons: u64,
    furthest: u32,
    /// Whether all configurations have been tried.
    pub(super) is_exhausted: bool,
}

impl<'a, M: Model> Search<'a, M> {
    pub(super) fn new(model: &'a M, calls: &'a Calls<'a, M::Action>, memory: u64) -> Self {
        Self {
            calls,
            states: States::new(model, &calls.actions),
            nodes: Vec::new(),
            queue: Queue::default(),
            undominated: FxHashMap::default(),
            may_fit: FxHashMap::default(),
            is_unbounded: false,
            memory,
            heap_bytes: 0,
            comparisons: 0,
            furthest: 0,
            is_exhausted: false,
        }
    }

    /// Runs the search to its end, or until the memory is used up.
    ///
    /// At a call that is known to be impossible, it goes on for a while to collect more of the
    /// possible states for the report.
    pub(super) fn run(&mut self) -> SearchOutcome {
        let outcome = self.explore();
        match self.states.false_hint() {
            Some(_) => SearchOutcome::FalseHint,
            None => outcome,
        }
    }

    fn explore(&mut self) -> SearchOutcome {
        let mut bound = None;
        let mut next_bound = CONFIGURATIONS_AT_THE_BOUND;
        let start = Configuration::start(self.states.initial());
        self.add(start, None, None);
        while self.states.false_hint().is_none()
            && let Some(item) = self.queue.pop(self.furthest, self.nodes.len())
        {
            if self.nodes[item.node as usize].is_dominated {
                continue;
            }
            if item.return_index == self.calls.returned {
                return SearchOutcome::Order(item.node);
            }
            if bound.is_none() && self.nodes.len() > next_bound {
                bound = self.reachability_bound();
                next_bound *= 2;
            }
            if bound == Some(self.furthest) {
                return SearchOutcome::Stuck(self.furthest);
            }
            if self.is_out_of_budget() {
                return SearchOutcome::GivenUp(self.furthest);
            }
            match item.attempt {
                Attempt::Returning => {
                    self.place_returning(item.node);
                    self.queue.push(WorkItem {
                        age: Reverse(self.nodes.len()),
                        attempt: Attempt::Fitting,
                        ..item
                    });
                }
                Attempt::Fitting if self.may_fit(item.node) => {
                    self.place_others(item.node, true);
                    // The configurations that follow have one more call placed, whose outcome may
                    // be unknown.
                    self.queue.push(WorkItem {
                        indeterminate: Reverse(item.indeterminate.0 + 1),
                        age: Reverse(self.nodes.len()),
                        attempt: Attempt::Others,
                        ..item
                    });
                }
                Attempt::Fitting => {}
                Attempt::Others => self.place_others(item.node, false),
            }
        }
        self.is_exhausted = true;
        SearchOutcome::Stuck(self.furthest)
    }

    /// Returns the approximate memory of the search, in bytes.
    pub(super) fn bytes(&self) -> u64 {
        fn table<K, V>(table: &FxHashMap<K, V>) -> usize {
            // A table is copied when it grows.
            2 * table.capacity() * size_of::<(K, V)>()
        }
        let nodes = self.nodes.capacity() * size_of::<SearchNode>() + self.heap_bytes;
        let tables = table(&self.undominated) + table(&self.may_fit);
        (nodes + self.queue.bytes() + tables + self.states.bytes()) as u64
    }

    /// Returns whether the memory, or the comparisons that go with it, are used up.
    fn is_out_of_budget(&self) -> bool {
        self.bytes() > self.memory || self.comparisons > self.memory / BYTES_PER_COMPARISON
    }

    /// Returns how many bytes all states may take before lookahead stops.
    fn lookahead_bytes(&self) -> usize {
        (self.memory / LOOKAHEAD_SHARE) as usize
    }

    /// Returns the first call that is known to be impossible to place, if it can be found with at
    /// most as much memory, and so about as much time, as the search has spent on steps.
    fn reachability_bound(&mut self) -> Option<CallId> {
        let max_bytes = self.lookahead_bytes().min(2 * self.states.bytes());
        reachability_bound(self.calls, &mut self.states, max_bytes)
    }

    /// Places the next call to return.
    fn place_returning(&mut self, node: NodeId) {
        let from = self.nodes[node as usize].configuration.clone();
        let id = from.return_index;
        let call = self.calls.get(id);
        let returned = |mut to: Configuration| {
            to.return_index += 1;
            to
        };
        if let Some(state) = self.states.step(from.state, call.action) {
            let next = returned(from.after(call, state));
            self.add(next, Some(node), Some(Placed::Last(id)));
        }
        if from.absorbs(id, self.calls) {
            self.add(returned(from), Some(node), Some(Placed::Overwritten(id)));
        }
    }

    /// Returns whether the next call to return fits some state that the other running calls could
    /// reach if each could be placed any number of times. If there are too many such states, the
    /// answer is yes.
    fn may_fit(&mut self, node: NodeId) -> bool {
        if self.is_unbounded {
            return true;
        }
        let Configuration {
            return_index,
            state,
            ..
        } = self.nodes[node as usize].configuration;
        if let Some(known) = self.may_fit.get(&(return_index, state)) {
            return *known;
        }
        let calls = self.calls;
        let wanted = calls.get(return_index).action;
        let others = calls.actions_before(return_index);
        let mut reached = FxHashSet::from_iter([state]);
        let mut fresh = VecDeque::from([state]);
        let mut found = self.states.step(state, wanted).is_some();
        while !found && let Some(state) = fresh.pop_front() {
            for action in &others {
                if let Some(next) = self.states.step(state, *action)
                    && reached.insert(next)
                {
                    found |= self.states.step(next, wanted).is_some();
                    fresh.push_back(next);
                }
                if found {
                    break;
                }
            }
            self.is_unbounded =
                reached.len() > MAX_STATES || self.states.bytes() > self.lookahead_bytes();
            found |= self.is_unbounded;
        }
        self.may_fit.insert((return_index, state), found);
        found
    }

    /// Places each of the other running calls: those after which the next call to return fits if
    /// `fitting`, and those after which it does not otherwise.
    fn place_others(&mut self, node: NodeId, fitting: bool) {
        let from = self.nodes[node as usize].configuration.clone();
        let calls = self.calls;
        let wanted = calls.get(from.return_index).action;
        let mut seen = vec![wanted];
        for id in calls.candidates(from.return_index, &from.placed) {
            if self.is_out_of_budget() {
                return;
            }
            let call = calls.get(id);
            if call.effect == Effect::Read || id == from.return_index || from.has_placed(id) {
                continue;
            }
            if calls.is_exchangeable(id) {
                if seen.contains(&call.action) {
                    continue;
                }
                seen.push(call.action);
            }
            if let Some(state) = self.states.step(from.state, call.action)
                && self.states.step(state, wanted).is_some() == fitting
            {
                let mut placed = from.placed.to_vec();
                placed.insert(placed.partition_point(|other| *other < id), id);
                let mut next = from.after(call, state);
                next.set_placed(placed, calls);
                self.add(next, Some(node), Some(Placed::Last(id)));
            }
        }
    }

    /// Adds a node, unless another one dominates it.
    fn add(&mut self, to: Configuration, parent: Option<NodeId>, placed: Option<Placed>) {
        let mut reads = Vec::new();
        let configuration = self.place_reads(to, &mut reads);
        let Configuration {
            return_index,
            state,
            ..
        } = configuration;
        let rivals = self.undominated.entry((return_index, state)).or_default();
        let node = self.nodes.len() as NodeId;
        self.comparisons += rivals.len() as u64;
        let (calls, nodes) = (self.calls, &mut self.nodes);
        let rival = |id: &NodeId| &nodes[*id as usize].configuration;
        if rivals
            .iter()
            .any(|id| rival(id).dominates(&configuration, calls))
        {
            return;
        }
        rivals.retain(|id| {
            let rival = &mut nodes[*id as usize];
            rival.is_dominated = configuration.dominates(&rival.configuration, calls);
            !rival.is_dominated
        });
        rivals.push(node);
        self.furthest = self.furthest.max(return_index);
        let placed_for_ever = configuration.placed.iter();
        let indeterminate = placed_for_ever.filter(|id| calls.is_indeterminate(**id));
        self.queue.push(WorkItem {
            return_index,
            indeterminate: Reverse(indeterminate.count()),
            age: Reverse(nodes.len()),
            node,
            attempt: Attempt::Returning,
        });
        self.heap_bytes += 2 * ALLOCATION_OVERHEAD
            + size_of_val(&*configuration.placed)
            + size_of_val(&*reads)
            + 4 * size_of::<NodeId>();
        nodes.push(SearchNode {
            configuration,
            parent,
            placed,
            reads: reads.into(),
            is_dominated: false,
        });
    }

    /// Places the running reads that fit, and advances to the first return whose call has not been
    /// placed.
    fn place_reads(&mut self, mut at: Configuration, order: &mut Vec<CallId>) -> Configuration {
        loop {
            let mut reads = Vec::new();
            let returning = |id: &CallId| !self.calls.is_indeterminate(*id);
            for id in self
                .calls
                .candidates(at.return_index, &at.placed)
                .take_while(returning)
            {
                let call = self.calls.get(id);
                if call.effect == Effect::Read
                    && !at.has_placed(id)
                    && self.states.step(at.state, call.action).is_some()
                {
                    reads.push(id);
                }
            }
            let returns = at.return_index < self.calls.returned && at.has_placed(at.return_index);
            if reads.is_empty() && !returns {
                return at;
            }
            order.extend(&reads);
            let mut placed = at.placed.to_vec();
            placed.extend(reads);
            placed.sort_unstable();
            let successive = placed.iter().zip(at.return_index..self.calls.returned);
            let returned = successive
                .take_while(|(id, return_index)| **id == *return_index)
                .count();
            placed.drain(..returned);
            at.return_index += returned as u32;
            at.set_placed(placed, self.calls);
            // In real time, a call does not allow others before it returns.
            if returned == 0 && self.calls.is_real_time() {
                return at;
            }
        }
    }

    /// Returns the state at a node.
    pub(super) fn state(&self, node: NodeId) -> &M::State {
        let configuration = &self.nodes[node as usize].configuration;
        self.states.get(configuration.state)
    }

    /// Returns the distinct states in which all calls before a return index have been placed.
    pub(super) fn states_at(&self, return_index: u32) -> Vec<M::State> {
        let mut known = FxHashSet::default();
        let at = self.nodes.iter().map(|node| &node.configuration);
        let at = at.filter(|at| at.return_index == return_index && known.insert(at.state));
        at.map(|at| self.states.get(at.state).clone()).collect()
    }

    /// Returns the last call of the order that leads to a node.
    pub(super) fn last_placed(&self, node: NodeId) -> Option<CallId> {
        let parent = |node: &NodeId| self.nodes[*node as usize].parent;
        let mut nodes = std::iter::successors(Some(node), parent);
        // An overwritten call precedes the one that overwrote it.
        nodes.find_map(|node| {
            let mut placed = self.nodes[node as usize].placed().rev();
            placed.find_map(|placed| match placed {
                Placed::Last(id) => Some(id),
                Placed::Overwritten(_) => None,
            })
        })
    }

    /// Returns the calls in the order that leads to a node.
    pub(super) fn order(&self, node: NodeId) -> Vec<CallId> {
        let mut order = Vec::new();
        let mut last_overwrite = 0;
        for node in self.path(node) {
            for placed in self.nodes[node as usize].placed() {
                match placed {
                    Placed::Last(id) => {
                        if self.calls.get(id).effect == Effect::Overwrite {
                            last_overwrite = order.len();
                        }
                        order.push(id);
                    }
                    Placed::Overwritten(id) => {
                        order.insert(last_overwrite, id);
                        last_overwrite += 1;
                    }
                }
            }
        }
        order
    }

    /// Returns the nodes from the start to a node.
    pub(super) fn path(&self, node: NodeId) -> Vec<NodeId> {
        let parent = |node: &NodeId| self.nodes[*node as usize].parent;
        let mut path: Vec<NodeId> = std::iter::successors(Some(node), parent).collect();
        path.reverse();
        path
    }
}
