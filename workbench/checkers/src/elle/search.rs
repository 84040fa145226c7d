//! The shortest way from one transaction to another.

use super::components::Components;
use super::graph::{Dependency, Node};
use super::view::{State, View};

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
pub(crate) struct Search<'v> {
    view: View<'v>,
    components: &'v Components,
    /// In which search each state was last seen.
    seen: Vec<u32>,
    search: u32,
    /// From where each state was first reached.
    before: Vec<(State, Dependency)>,
    here: Vec<State>,
    next: Vec<State>,
}

impl<'v> Search<'v> {
    /// Prepares searches in a view, whose components are known.
    pub(crate) fn new(view: View<'v>, components: &'v Components) -> Self {
        Self {
            view,
            components,
            seen: vec![0; view.states()],
            search: 0,
            before: vec![(0, Dependency::Ww); view.states()],
            here: Vec::new(),
            next: Vec::new(),
        }
    }

    /// The view that is searched.
    pub(crate) fn view(&self) -> View<'v> {
        self.view
    }

    /// Whether there may be a way from one state to another; no search is needed to say no.
    pub(crate) fn is_possible(&self, from: State, to: State) -> bool {
        let component = |state: State| self.components.of[state as usize];
        component(from) >= component(to)
    }

    /// The shortest way from one of some states to another, if it has at most `longest` steps, and the
    /// node where it begins. Passing junctions costs nothing, so that a way through many of them is
    /// one step.
    pub(crate) fn path(
        &mut self,
        from: &[State],
        to: State,
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
                budget.spend(self.view.degree(state))?;
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
    fn expand(&mut self, state: State, to: State) -> bool {
        for edge in 0..self.view.degree(state) {
            let Some((next, dependency)) = self.view.follow(state, edge) else {
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
            if self.view.graph.is_junction(self.view.node(next)) {
                self.here.push(next);
            } else {
                self.next.push(next);
            }
        }
        false
    }

    /// The way that was found, without the junctions, and where it begins.
    fn way(&self, to: State) -> (Node, Vec<Step>) {
        let mut steps = Vec::new();
        let mut state = to;
        // What is before a state that a way may begin at is that itself.
        while self.before[state as usize].0 != state {
            let end = state;
            let mut dependency;
            loop {
                (state, dependency) = self.before[state as usize];
                if !self.view.graph.is_junction(self.view.node(state)) {
                    break;
                }
            }
            steps.push(Step {
                from: self.view.node(state),
                to: self.view.node(end),
                dependency,
            });
        }
        steps.reverse();
        (self.view.node(state), steps)
    }
}
