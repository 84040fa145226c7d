//! The dependency graph of transactions, in a compact form.
//!
//! If many transactions come before many others, the number of edges is quadratic. Such edges go
//! through extra nodes instead, the junctions, so that their number is linear in that of
//! transactions and junctions:
//! - Realtime order is an interval order. A transaction leads to the first junction after its
//!   completion, and a junction to the next one and to the transactions that are invoked before
//!   that. So there is a path through junctions exactly if one transaction completed before the
//!   other was invoked.
//! - If all transactions of one set come before all of another, the first set leads to a junction,
//!   which leads to the second set. A transaction in both sets thus leads to itself, which is not a
//!   dependency: a component with one transaction is not a cycle, and a search does not return
//!   through the junction.

/// Identifies a node. Transactions come first, then junctions.
pub(crate) type Node = u32;

/// Why one transaction must come before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Dependency {
    /// The first transaction wrote the version before the one that the second wrote.
    Ww,
    /// The first wrote the version that the second read.
    Wr,
    /// The first read the version before the one that the second wrote: an anti-dependency.
    Rw,
    /// The same process executed the first before the second.
    Process,
    /// The first completed before the second was invoked.
    Realtime,
    /// A junction leads to it; the reason is that of the edge to the junction.
    Via,
}

impl Dependency {
    /// Returns the name in results.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ww => "ww",
            Self::Wr => "wr",
            Self::Rw => "rw",
            Self::Process => "process",
            Self::Realtime => "realtime",
            Self::Via => "via",
        }
    }
}

/// A set of dependencies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dependencies(u8);

impl Dependencies {
    /// Returns the set of these dependencies.
    pub(crate) const fn of(dependencies: &[Dependency]) -> Self {
        let mut bits = 0;
        let mut position = 0;
        while position < dependencies.len() {
            bits |= 1 << dependencies[position] as u8;
            position += 1;
        }
        Self(bits)
    }

    /// Returns this set and one more dependency.
    #[must_use]
    pub(crate) const fn with(self, dependency: Dependency) -> Self {
        Self(self.0 | 1 << dependency as u8)
    }

    /// Returns whether the set contains a dependency.
    pub(crate) const fn contain(self, dependency: Dependency) -> bool {
        self.0 & (1 << dependency as u8) != 0
    }
}

/// An edge, as stored at its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Edge {
    /// The dependency.
    pub(crate) dependency: Dependency,
    /// The target.
    pub(crate) to: Node,
}

/// A finished graph.
#[derive(Debug)]
pub(crate) struct Graph {
    transactions: usize,
    /// The index of each node's first edge, and the total number of edges at the end.
    starts: Vec<usize>,
    edges: Vec<Edge>,
    dependencies: Dependencies,
}

/// Up to this many transactions are linked by direct edges instead of a junction.
const FEW: usize = 16;

/// A graph under construction.
#[derive(Debug)]
pub(crate) struct Builder {
    transactions: usize,
    nodes: usize,
    edges: Vec<(Node, Edge)>,
}

impl Builder {
    /// Returns a graph of this many transactions, without edges.
    pub(crate) fn new(transactions: usize) -> Self {
        Self {
            transactions,
            nodes: transactions,
            edges: Vec::new(),
        }
    }

    /// Adds an edge from one transaction to another, unless they are the same.
    pub(crate) fn link(&mut self, from: Node, to: Node, dependency: Dependency) {
        if from != to {
            self.edges.push((from, Edge { dependency, to }));
        }
    }

    /// Adds an edge from a transaction to itself, which is a cycle of one step.
    pub(crate) fn link_to_itself(&mut self, node: Node, dependency: Dependency) {
        self.edges.push((
            node,
            Edge {
                dependency,
                to: node,
            },
        ));
    }

    /// Adds a junction.
    pub(crate) fn junction(&mut self) -> Node {
        self.nodes += 1;
        (self.nodes - 1) as Node
    }

    /// Returns nodes that lead to all of these: the nodes themselves if they are few, or a
    /// junction.
    pub(crate) fn gather(&mut self, nodes: &[Node]) -> Vec<Node> {
        if nodes.len() <= FEW {
            return nodes.to_vec();
        }
        let junction = self.junction();
        for node in nodes {
            self.link(junction, *node, Dependency::Via);
        }
        vec![junction]
    }

    /// Adds edges from each of some transactions to each of some nodes, unless they are the same.
    /// The number of edges is linear in that of the nodes.
    pub(crate) fn link_all(&mut self, from: &[Node], to: &[Node], dependency: Dependency) {
        let to = if from.len() > FEW {
            &self.gather(to)
        } else {
            to
        };
        for from in from {
            for to in to {
                self.link(*from, *to, dependency);
            }
        }
    }

    /// Returns whether the graph has no edges.
    pub(crate) fn is_empty(&self) -> bool {
        self.edges.is_empty()
    }

    /// Returns the graph, with distinct edges in the order of their nodes, then of their
    /// dependencies.
    pub(crate) fn build(self) -> Graph {
        let mut starts = vec![0; self.nodes + 1];
        for (from, _) in &self.edges {
            starts[*from as usize + 1] += 1;
        }
        for node in 0..self.nodes {
            starts[node + 1] += starts[node];
        }
        let nothing = Edge {
            dependency: Dependency::Ww,
            to: 0,
        };
        let mut next = starts.clone();
        let mut edges = vec![nothing; self.edges.len()];
        let mut dependencies = Dependencies::default();
        for (from, edge) in self.edges {
            let place = &mut next[from as usize];
            edges[*place] = edge;
            *place += 1;
            dependencies = dependencies.with(edge.dependency);
        }
        for node in 0..self.nodes {
            edges[starts[node]..starts[node + 1]].sort_unstable();
        }
        let mut graph = Graph {
            transactions: self.transactions,
            starts,
            edges,
            dependencies,
        };
        graph.remove_repetitions();
        graph
    }
}

impl Graph {
    /// Returns the number of transactions; the nodes after them are junctions.
    pub(crate) fn transactions(&self) -> usize {
        self.transactions
    }

    /// Returns the number of nodes.
    pub(crate) fn nodes(&self) -> usize {
        self.starts.len() - 1
    }

    /// Returns the number of edges.
    pub(crate) fn edge_count(&self) -> usize {
        self.edges.len()
    }

    /// Returns the dependencies of all edges.
    pub(crate) fn dependencies(&self) -> Dependencies {
        self.dependencies
    }

    /// Returns whether a node is a junction.
    pub(crate) fn is_junction(&self, node: Node) -> bool {
        node as usize >= self.transactions
    }

    /// Returns the outgoing edges of a node.
    pub(crate) fn edges(&self, node: Node) -> &[Edge] {
        &self.edges[self.starts[node as usize]..self.starts[node as usize + 1]]
    }

    /// Returns the subgraph induced by these sorted nodes, which are renumbered by position.
    /// `places` is a scratch buffer with an element for each node of this graph.
    pub(crate) fn among(&self, nodes: &[Node], places: &mut [Node]) -> Graph {
        for (place, node) in nodes.iter().enumerate() {
            places[*node as usize] = place as Node;
        }
        let place = |node: Node| {
            let place = places[node as usize];
            (nodes.get(place as usize) == Some(&node)).then_some(place)
        };
        let mut starts = vec![0];
        let mut edges = Vec::new();
        let mut dependencies = Dependencies::default();
        for node in nodes {
            for edge in self.edges(*node) {
                if let Some(to) = place(edge.to) {
                    edges.push(Edge { to, ..*edge });
                    dependencies = dependencies.with(edge.dependency);
                }
            }
            starts.push(edges.len());
        }
        Graph {
            transactions: nodes.partition_point(|node| !self.is_junction(*node)),
            starts,
            edges,
            dependencies,
        }
    }

    /// Removes duplicates of adjacent equal edges.
    fn remove_repetitions(&mut self) {
        let mut kept = 0;
        let mut start = 0;
        for node in 0..self.nodes() {
            let end = self.starts[node + 1];
            let first = kept;
            for position in start..end {
                if kept == first || self.edges[kept - 1] != self.edges[position] {
                    self.edges[kept] = self.edges[position];
                    kept += 1;
                }
            }
            start = end;
            self.starts[node + 1] = kept;
        }
        self.edges.truncate(kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_are_sorted_and_distinct() {
        let mut builder = Builder::new(3);
        assert!(builder.is_empty());
        builder.link(2, 1, Dependency::Rw);
        builder.link(0, 0, Dependency::Wr);
        builder.link(0, 2, Dependency::Wr);
        builder.link(0, 1, Dependency::Rw);
        builder.link(0, 2, Dependency::Wr);
        let graph = builder.build();
        let seen = |node| -> Vec<(&str, Node)> {
            let edges = graph.edges(node).iter();
            edges
                .map(|edge| (edge.dependency.name(), edge.to))
                .collect()
        };
        assert_eq!(seen(0), [("wr", 2), ("rw", 1)]);
        assert_eq!(seen(1), []);
        assert_eq!(seen(2), [("rw", 1)]);
        assert_eq!(graph.edge_count(), 3);
    }

    #[test]
    fn an_induced_subgraph_keeps_its_inner_edges() {
        let mut builder = Builder::new(3);
        builder.link(0, 1, Dependency::Ww);
        builder.link(1, 2, Dependency::Ww);
        builder.link(2, 1, Dependency::Rw);
        let junction = builder.junction();
        builder.link(1, junction, Dependency::Realtime);
        let graph = builder.build();
        let part = graph.among(&[1, 2, 3], &mut [0; 4]);
        assert_eq!((part.transactions(), part.nodes()), (2, 3));
        assert_eq!(part.edges(0).len(), 2);
        assert_eq!(part.edges(1)[0].to, 0);
        assert!(part.is_junction(2) && !part.is_junction(1));
    }
}
