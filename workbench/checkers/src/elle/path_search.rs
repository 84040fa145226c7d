//! The shortest way from one transaction to another.

use super::filtered::{FilteredGraph, NodeState};
use super::graph::{Dependency, Node};
use super::tarjan::Sccs;

/// One transaction, and another that must come after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// The one that comes first.
    pub(crate) from: Node,
    /// The one that comes after.
    pub(crate) to: Node,
    /// Why.
    pub(crate) dependency: Dependency,
}

/// The work that a search may do, which is used up.
#[derive(Debug)]
pub(crate) struct Budget(u64);

/// The work was not enough.
#[derive(Debug)]
pub(crate) struct Exhausted;

impl Budget {
    /// To look at this many edges.
    pub(crate) fn new(edges: u64) -> Self {
        Self(edges)
    }

    pub(super) fn spend(&mut self, edges: usize) -> Result<(), Exhausted> {
        let left = self.0.checked_sub(edges as u64);
        self.0 = left.ok_or(Exhausted)?;
        Ok(())
    }
}

/// Searches in one view, one after the other.
pub(crate) struct PathSearch<'v> {
    filtered: FilteredGraph<'v>,
    sccs: &'v Sccs,
    /// In which search each state was last seen.
    seen: Vec<u32>,
    search: u32,
    /// From where each state was first reached.
    before: Vec<(NodeState, Dependency)>,
    here: Vec<NodeState>,
    next: Vec<NodeState>,
}

impl<'v> PathSearch<'v> {
    /// Prepares searches in a view, whose components are known.
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

    /// The view that is searched.
    pub(crate) fn filtered(&self) -> FilteredGraph<'v> {
        self.filtered
    }

    /// Whether there may be a way from one state to another; no search is needed to say no.
    pub(crate) fn is_possible(&self, from: NodeState, to: NodeState) -> bool {
        let scc = |state: NodeState| self.sccs.of[state as usize];
        scc(from) >= scc(to)
    }

    /// The shortest way from one of some states to another, if it has at most `longest` steps, and the
    /// node where it begins. Passing junctions costs nothing, so that a way through many of them is
    /// one step.
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

    /// Goes to what is next to a state; true if that is the goal.
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

    /// The way that was found, without the junctions, and where it begins.
    fn way(&self, to: NodeState) -> (Node, Vec<Step>) {
        let mut steps = Vec::new();
        let mut state = to;
        // What is before a state that a way may begin at is that itself.
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
