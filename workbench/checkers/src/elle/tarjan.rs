//! Strongly connected components, by Tarjan's algorithm. Every cycle is within one component.

use super::filtered::{FilteredGraph, NodeState};

/// The component of each state. Components are numbered so that an edge between two leads to the
/// one with the smaller number.
#[derive(Debug)]
pub(crate) struct Sccs {
    /// The number of each state's component.
    pub(crate) of: Vec<u32>,
    /// The number of components.
    pub(crate) count: usize,
}

/// The number of a state without a component.
const NONE: u32 = u32::MAX;

/// Finds the strongly connected components. Source: Tarjan, "Depth-first search and linear graph
/// algorithms", SIAM Journal on Computing 1 (1972), with an explicit stack, since a recursion could
/// be as deep as the history is long.
pub(crate) fn tarjan_scc(filtered: &FilteredGraph<'_>) -> Sccs {
    let states = filtered.states();
    let mut search = Tarjan {
        filtered,
        order: vec![NONE; states],
        low: vec![NONE; states],
        of: vec![NONE; states],
        count: 0,
        visited: 0,
        open: Vec::new(),
        path: Vec::new(),
    };
    for state in 0..states as NodeState {
        if search.order[state as usize] == NONE {
            search.explore(state);
        }
    }
    Sccs {
        of: search.of,
        count: search.count as usize,
    }
}

struct Tarjan<'v> {
    filtered: &'v FilteredGraph<'v>,
    /// The order in which states were visited.
    order: Vec<u32>,
    /// The earliest visited open state that is known to be reachable.
    low: Vec<u32>,
    of: Vec<u32>,
    count: u32,
    visited: u32,
    /// States that were visited and whose component is not complete.
    open: Vec<NodeState>,
    /// The states from the root to the current one, each with its next edge.
    path: Vec<(NodeState, usize)>,
}

impl Tarjan<'_> {
    fn explore(&mut self, root: NodeState) {
        self.visit(root);
        while let Some((state, position)) = self.path.last_mut() {
            let (state, edge) = (*state, *position);
            if edge == self.filtered.degree(state) {
                self.path.pop();
                self.leave(state);
                continue;
            }
            *position += 1;
            let Some((next, _)) = self.filtered.follow(state, edge) else {
                continue;
            };
            if self.order[next as usize] == NONE {
                self.visit(next);
            } else if self.of[next as usize] == NONE {
                let low = &mut self.low[state as usize];
                *low = (*low).min(self.order[next as usize]);
            }
        }
    }

    fn visit(&mut self, state: NodeState) {
        self.order[state as usize] = self.visited;
        self.low[state as usize] = self.visited;
        self.visited += 1;
        self.open.push(state);
        self.path.push((state, 0));
    }

    fn leave(&mut self, state: NodeState) {
        let low = self.low[state as usize];
        if let Some((parent, _)) = self.path.last() {
            let parent = &mut self.low[*parent as usize];
            *parent = low.min(*parent);
        }
        if low == self.order[state as usize] {
            while let Some(member) = self.open.pop() {
                self.of[member as usize] = self.count;
                if member == state {
                    break;
                }
            }
            self.count += 1;
        }
    }
}

impl Sccs {
    /// Returns the components of more than one transaction, each sorted, in the order of their
    /// first members.
    pub(crate) fn cyclic(&self, filtered: &FilteredGraph<'_>) -> Vec<Vec<NodeState>> {
        let mut sizes = vec![0_u32; self.count];
        // The last transaction that was counted in each component, since a transaction may have two
        // states.
        let mut last = vec![NONE; self.count];
        for (state, scc) in self.of.iter().enumerate() {
            let (node, scc) = (filtered.node(state as NodeState), *scc as usize);
            if !filtered.graph.is_junction(node) && last[scc] != node {
                last[scc] = node;
                sizes[scc] += 1;
            }
        }
        let mut places = vec![NONE; self.count];
        let mut cyclic: Vec<Vec<NodeState>> = Vec::new();
        for (state, scc) in self.of.iter().enumerate() {
            let scc = *scc as usize;
            if sizes[scc] < 2 {
                continue;
            }
            if places[scc] == NONE {
                places[scc] = cyclic.len() as u32;
                cyclic.push(Vec::with_capacity(sizes[scc] as usize));
            }
            cyclic[places[scc] as usize].push(state as NodeState);
        }
        cyclic
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::graph::{Builder, Dependencies, Dependency};
    use super::*;

    const ALL: Dependencies = Dependencies::of(&[Dependency::Ww, Dependency::Rw]);

    #[test]
    fn edges_between_components_lead_to_smaller_numbers() {
        let mut random = fastrand::Rng::with_seed(1);
        for _ in 0..500 {
            let nodes = random.u32(2..12);
            let mut builder = Builder::new(nodes as usize);
            for _ in 0..random.u32(0..20) {
                let dependency = random.choice([Dependency::Ww, Dependency::Rw]).unwrap();
                builder.link(random.u32(..nodes), random.u32(..nodes), dependency);
            }
            let graph = builder.build();
            for nonadjacent in [false, true] {
                let filtered = FilteredGraph {
                    graph: &graph,
                    dependencies: ALL,
                    nonadjacent,
                };
                agrees_with_reachability(&filtered);
            }
        }
    }

    fn agrees_with_reachability(filtered: &FilteredGraph<'_>) {
        let states = filtered.states() as NodeState;
        let mut reaches = BTreeSet::new();
        for from in 0..states {
            let edges = (0..filtered.degree(from)).filter_map(|edge| filtered.follow(from, edge));
            reaches.extend(edges.map(|(to, _)| (from, to)));
        }
        for over in 0..states {
            for from in 0..states {
                let further = (0..states)
                    .filter(|to| reaches.contains(&(from, over)) && reaches.contains(&(over, *to)));
                let further: Vec<NodeState> = further.collect();
                reaches.extend(further.into_iter().map(|to| (from, to)));
            }
        }
        let sccs = tarjan_scc(filtered);
        let scc = |state: NodeState| sccs.of[state as usize];
        for from in 0..states {
            for to in (0..states).filter(|to| *to != from) {
                let there = reaches.contains(&(from, to));
                let same = scc(from) == scc(to);
                assert_eq!(same, there && reaches.contains(&(to, from)));
                assert!(!there || scc(from) >= scc(to));
            }
        }
    }

    #[test]
    fn a_long_path_does_not_overflow_the_stack() {
        let nodes = 1_000_000;
        let mut builder = Builder::new(nodes as usize);
        for node in 1..nodes {
            builder.link(node - 1, node, Dependency::Ww);
        }
        builder.link(nodes - 1, 0, Dependency::Ww);
        let graph = builder.build();
        let filtered = FilteredGraph {
            graph: &graph,
            dependencies: ALL,
            nonadjacent: false,
        };
        let cyclic = tarjan_scc(&filtered).cyclic(&filtered);
        assert_eq!(cyclic.len(), 1);
        assert_eq!(cyclic[0].len(), nodes as usize);
    }
}
