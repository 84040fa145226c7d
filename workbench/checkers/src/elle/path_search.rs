//! The shortest path from one transaction to another.

use super::filtered::{FilteredGraph, NodeState};
use super::graph::{Dependency, Node};
use super::tarjan::Sccs;

/// An edge of a path: a transaction and one that must come after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// The transaction that comes first.
    pub(crate) from: Node,
    /// The transaction that comes after.
    pub(crate) to: Node,
    /// The dependency.
    pub(crate) dependency: Dependency,
}

/// The remaining work of a search.
#[derive(Debug)]
pub(crate) struct Budget(u64);

/// The search exceeded its budget.
#[derive(Debug)]
pub(crate) struct Exhausted;

impl Budget {
    /// Returns a budget of this many edges.
    pub(crate) fn new(edges: u64) -> Self {
        Self(edges)
    }

    pub(super) fn spend(&mut self, edges: usize) -> Result<(), Exhausted> {
        let left = self.0.checked_sub(edges as u64);
        self.0 = left.ok_or(Exhausted)?;
        Ok(())
    }
}

/// Searches of one filtered graph, one after the other.
pub(crate) struct PathSearch<'v> {
    filtered: FilteredGraph<'v>,
    sccs: &'v Sccs,
    /// The search that last reached each state.
    seen: Vec<u32>,
    search: u32,
    /// The predecessor of each state in the current search.
    before: Vec<(NodeState, Dependency)>,
    here: Vec<NodeState>,
    next: Vec<NodeState>,
}

impl<'v> PathSearch<'v> {
    /// Prepares searches of a filtered graph with known strongly connected components.
    pub(crate) fn new(filtered: FilteredGraph<'v>, sccs: &'v Sccs) -> Self {
        Self {
            filtered,
            sccs,
            seen: vec![0; filtered.states()],
            search: 0,
            before: vec![(0, Dependency::Ww); filtered.states()],
            here: Vec::new(),
            next: Vec::new(),
        }
    }

    /// Returns the graph that is searched.
    pub(crate) fn filtered(&self) -> FilteredGraph<'v> {
        self.filtered
    }

    /// Returns whether there may be a path from one state to another, judging by their components
    /// alone.
    pub(crate) fn is_possible(&self, from: NodeState, to: NodeState) -> bool {
        let scc = |state: NodeState| self.sccs.of[state as usize];
        scc(from) >= scc(to)
    }

    /// Returns the shortest path from one of some states to another, if it has at most `longest`
    /// steps, and the node where it starts. Junctions do not count, so a path through many of them
    /// is one step.
    pub(crate) fn path(
        &mut self,
        from: &[NodeState],
        to: NodeState,
        longest: usize,
        budget: &mut Budget,
    ) -> Result<Option<(Node, Vec<Step>)>, Exhausted> {
        self.search += 1;
        self.here.clear();
        for from in from {
            if self.is_possible(*from, to) {
                self.seen[*from as usize] = self.search;
                self.before[*from as usize] = (*from, Dependency::Ww);
                self.here.push(*from);
            }
        }
        for _ in 0..longest {
            self.next.clear();
            let mut position = 0;
            while position < self.here.len() {
                let state = self.here[position];
                position += 1;
                budget.spend(self.filtered.degree(state))?;
                if self.expand(state, to) {
                    return Ok(Some(self.way(to)));
                }
            }
            if self.next.is_empty() {
                return Ok(None);
            }
            std::mem::swap(&mut self.here, &mut self.next);
        }
        Ok(None)
    }

    /// Visits the successors of a state; returns whether the goal is among them.
    fn expand(&mut self, state: NodeState, to: NodeState) -> bool {
        for edge in 0..self.filtered.degree(state) {
            let Some((next, dependency)) = self.filtered.follow(state, edge) else {
                continue;
            };
            if self.seen[next as usize] == self.search || !self.is_possible(next, to) {
                continue;
            }
            self.seen[next as usize] = self.search;
            self.before[next as usize] = (state, dependency);
            if next == to {
                return true;
            }
            if self.filtered.graph.is_junction(self.filtered.node(next)) {
                self.here.push(next);
            } else {
                self.next.push(next);
            }
        }
        false
    }

    /// Returns the path that was found, without the junctions, and the node where it starts.
    fn way(&self, to: NodeState) -> (Node, Vec<Step>) {
        let mut steps = Vec::new();
        let mut state = to;
        // A state where a path may start is its own predecessor.
        while self.before[state as usize].0 != state {
            let end = state;
            let mut dependency;
            loop {
                (state, dependency) = self.before[state as usize];
                if !self.filtered.graph.is_junction(self.filtered.node(state)) {
                    break;
                }
            }
            steps.push(Step {
                from: self.filtered.node(state),
                to: self.filtered.node(end),
                dependency,
            });
        }
        steps.reverse();
        (self.filtered.node(state), steps)
    }
}
