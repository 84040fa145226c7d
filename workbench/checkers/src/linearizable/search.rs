//! The search for an order in which all calls can have taken effect.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use super::calls::{CallId, Calls, Effect};
use super::configuration::{Configuration, NodeId, StateId};
use super::model::Model;
use super::queue::{Attempt, Queue, WorkItem};
use super::reachability::reachability_bound;
use super::states::{MAX_STATES, States};

/// How many times two configurations may be compared for each ten bytes of the memory that a search
/// may use: a bound on its time that does not depend on the machine.
const BYTES_PER_COMPARISON: u64 = 10;

/// The part of the memory that may go into states which are only looked at to see whether a call may
/// fit at all.
const LOOKAHEAD_SHARE: u64 = 8;

/// What the heap adds to each piece of memory, in bytes.
const ALLOCATION_OVERHEAD: usize = 16;

/// How many configurations are looked at where it is known beforehand that a call can't be placed.
const CONFIGURATIONS_AT_THE_BOUND: usize = 10_000;

/// A configuration, and how it was reached.
pub(super) struct SearchNode {
    pub(super) configuration: Configuration,
    pub(super) parent: Option<NodeId>,
    /// The calls that were placed on the way here from the parent.
    pub(super) placed: Vec<Placed>,
    /// Whether another node is as good.
    pub(super) is_dominated: bool,
}

/// Where a call was placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Placed {
    /// After all that were placed before.
    Last(CallId),
    /// Just before the last one that overwrote.
    Overwritten(CallId),
}

impl Placed {
    pub(super) fn call(self) -> CallId {
        match self {
            Self::Last(id) | Self::Overwritten(id) => id,
        }
    }
}

/// How a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SearchOutcome {
    /// There is an order: the one that leads to this node.
    Order(NodeId),
    /// There is none: nothing gets beyond this moment, so the call that returns then can't be
    /// placed.
    Stuck(u32),
    /// The memory is used up; this moment was reached.
    GivenUp(u32),
}

/// A search and what it has found so far.
///
/// Calls are placed just in time, as Lowe has it ("Testing for linearizability", 2017, section 5):
/// up to a call's return only those others are placed that are to come before it. The most
/// advanced configuration is tried first, among them the one that has placed the fewest calls of
/// unknown outcome, and in turn with it earlier ones where that gets no further (see [`Queue`]).
/// What keeps the configurations few:
/// - A state is a number, and a step is taken once (Horn and Kroening, "Faster linearizability
///   checking via P-compositionality", 2015, and Wing and Gong, "Testing and verifying concurrent
///   objects", 1993, whose search this is at heart).
/// - A call that only reads is placed as soon as it fits: that can't stand in the way of anything.
/// - A call that overwrites, and whose effect is not needed, is placed just before one that
///   overwrites it, when it returns.
/// - Of running calls that do the same, the one that returns first is placed first.
/// - Others are not placed before a call that does not fit after any of them, and the one after which
///   it fits is placed before the rest are looked at.
/// - A configuration that another one dominates is dropped. So calls of unknown outcome count only
///   as long as they are of use.
pub(super) struct Search<'a, M: Model> {
    pub(super) calls: &'a Calls<'a, M::Action>,
    pub(super) states: States<'a, M>,
    pub(super) nodes: Vec<SearchNode>,
    queue: Queue,
    /// The nodes that none dominates, by moment and state.
    undominated: HashMap<(u32, StateId), Vec<NodeId>>,
    /// Whether the next call to return may fit after others, by moment and state.
    may_fit: HashMap<(u32, StateId), bool>,
    /// Whether the states that calls lead to, each placed any number of times, were too many once:
    /// most models have few or no end of them. Then it is taken for granted that calls may fit.
    is_unbounded: bool,
    /// How many bytes may be used.
    memory: u64,
    /// What nodes hold beside themselves, in bytes.
    heap_bytes: usize,
    comparisons: u64,
    furthest: u32,
    /// Whether all has been tried.
    pub(super) is_exhausted: bool,
}

impl<'a, M: Model> Search<'a, M> {
    pub(super) fn new(model: &'a M, calls: &'a Calls<'a, M::Action>, memory: u64) -> Self {
        Self {
            calls,
            states: States::new(model, &calls.actions),
            nodes: Vec::new(),
            queue: Queue::default(),
            undominated: HashMap::new(),
            may_fit: HashMap::new(),
            is_unbounded: false,
            memory,
            heap_bytes: 0,
            comparisons: 0,
            furthest: 0,
            is_exhausted: false,
        }
    }

    /// Searches to the end, or until the memory is used up.
    ///
    /// Where it can't end well it goes on for a little only, to see more of the states that were
    /// possible.
    pub(super) fn run(&mut self) -> SearchOutcome {
        let lookahead_bytes = self.lookahead_bytes();
        let bound = reachability_bound(self.calls, &mut self.states, lookahead_bytes);
        let start = Configuration::start(self.states.initial());
        self.add(start, None, None);
        while let Some(item) = self.queue.pop(self.furthest, self.nodes.len()) {
            if self.nodes[item.node as usize].is_dominated {
                continue;
            }
            if item.return_index == self.calls.returned {
                return SearchOutcome::Order(item.node);
            }
            if bound == Some(self.furthest) && self.nodes.len() > CONFIGURATIONS_AT_THE_BOUND {
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
                    // What comes of the rest has placed one call more, which may be of unknown
                    // outcome.
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

    /// What the search takes, in bytes, about.
    pub(super) fn bytes(&self) -> u64 {
        fn table<K, V>(table: &HashMap<K, V>) -> usize {
            // A table is copied as it grows.
            2 * table.capacity() * size_of::<(K, V)>()
        }
        let nodes = self.nodes.capacity() * size_of::<SearchNode>() + self.heap_bytes;
        let tables = table(&self.undominated) + table(&self.may_fit);
        (nodes + self.queue.bytes() + tables + self.states.bytes()) as u64
    }

    /// Whether the memory, or the time that goes with it, is used up.
    fn is_out_of_budget(&self) -> bool {
        self.bytes() > self.memory || self.comparisons > self.memory / BYTES_PER_COMPARISON
    }

    /// How many bytes all states may take as long as others are looked at.
    fn lookahead_bytes(&self) -> usize {
        (self.memory / LOOKAHEAD_SHARE) as usize
    }

    /// Places the call that returns next.
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

    /// Whether the call that returns next fits some state that the others that are running could
    /// lead to, if each could be placed any number of times. Where these states are many, it is
    /// taken for granted.
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
        let running = calls.running(return_index).iter().copied();
        let others = running.chain(calls.indeterminate(return_index));
        let others: BTreeSet<u32> = others.map(|id| calls.get(id).action).collect();
        let mut reached = HashSet::from([state]);
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

    /// Places each of the other calls that are running: those after which the call that returns next
    /// fits, or those after which it does not.
    fn place_others(&mut self, node: NodeId, fitting: bool) {
        let from = self.nodes[node as usize].configuration.clone();
        let calls = self.calls;
        let wanted = calls.get(from.return_index).action;
        let mut seen = HashSet::from([wanted]);
        let running = calls.running(from.return_index).iter().copied();
        for id in running.chain(calls.indeterminate(from.return_index)) {
            if self.is_out_of_budget() {
                return;
            }
            let call = calls.get(id);
            if call.effect == Effect::Read || from.has_placed(id) || !seen.insert(call.action) {
                continue;
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
        let mut placed = Vec::from_iter(placed);
        let configuration = self.place_reads(to, &mut placed);
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
        self.heap_bytes += 3 * ALLOCATION_OVERHEAD
            + size_of_val(&*configuration.placed)
            + placed.capacity() * size_of::<Placed>()
            + 4 * size_of::<NodeId>();
        nodes.push(SearchNode {
            configuration,
            parent,
            placed,
            is_dominated: false,
        });
    }

    /// Places the running calls that only read and fit, and goes on to the first return whose call
    /// has not been placed.
    fn place_reads(&mut self, mut at: Configuration, order: &mut Vec<Placed>) -> Configuration {
        loop {
            let mut reads = Vec::new();
            for id in self.calls.running(at.return_index) {
                let call = self.calls.get(*id);
                if call.effect == Effect::Read
                    && !at.has_placed(*id)
                    && self.states.step(at.state, call.action).is_some()
                {
                    reads.push(*id);
                }
            }
            let returns = at.return_index < self.calls.returned && at.has_placed(at.return_index);
            if reads.is_empty() && !returns {
                return at;
            }
            order.extend(reads.iter().map(|id| Placed::Last(*id)));
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
            if returned == 0 {
                return at;
            }
        }
    }

    /// The call that is the last of the order that leads to a node.
    pub(super) fn last_placed(&self, node: NodeId) -> Option<CallId> {
        let parent = |node: &NodeId| self.nodes[*node as usize].parent;
        let mut nodes = std::iter::successors(Some(node), parent);
        // What was overwritten stands before what overwrote it.
        nodes.find_map(|node| {
            let placed = self.nodes[node as usize].placed.iter().rev();
            { placed }.find_map(|placed| match placed {
                Placed::Last(id) => Some(*id),
                Placed::Overwritten(_) => None,
            })
        })
    }

    /// The calls in the order that leads to a node.
    pub(super) fn order(&self, node: NodeId) -> Vec<CallId> {
        let mut order = Vec::new();
        let mut last_overwrite = 0;
        for node in self.path(node) {
            for placed in &self.nodes[node as usize].placed {
                match placed {
                    Placed::Last(id) => {
                        if self.calls.get(*id).effect == Effect::Overwrite {
                            last_overwrite = order.len();
                        }
                        order.push(*id);
                    }
                    Placed::Overwritten(id) => {
                        order.insert(last_overwrite, *id);
                        last_overwrite += 1;
                    }
                }
            }
        }
        order
    }

    /// The nodes from the start to a node.
    pub(super) fn path(&self, node: NodeId) -> Vec<NodeId> {
        let parent = |node: &NodeId| self.nodes[*node as usize].parent;
        let mut path: Vec<NodeId> = std::iter::successors(Some(node), parent).collect();
        path.reverse();
        path
    }
}
