//! Parts of a graph in which every transaction leads to every other: a cycle is inside of one.

use super::filtered::FilteredGraph;
use super::graph::{Dependencies, Dependency, Graph, Node};
use super::tarjan::tarjan_scc;

use Dependency::{Process, Realtime, Rw, Wr, Ww};

/// Everything that a graph may have as dependencies.
const ALL: Dependencies = Dependencies::of(&[Ww, Wr, Rw, Process, Realtime]);

/// A strongly connected part of a graph, and the numbers that its nodes have in the whole.
pub(super) struct Scc {
    /// The part, in numbers of its own.
    pub(super) graph: Graph,
    /// The number in the whole of each node.
    pub(super) nodes: Vec<Node>,
}

/// The parts of a graph that have cycles, one after the other.
pub(super) fn cyclic(graph: &Graph) -> impl Iterator<Item = Scc> {
    let mut places = vec![0; graph.nodes()];
    let filtered = whole(graph);
    let parts = tarjan_scc(&filtered).cyclic(&filtered).into_iter();
    parts.map(move |nodes| Scc {
        graph: graph.among(&nodes, &mut places),
        nodes,
    })
}

/// A graph with all that it has.
pub(super) fn whole(graph: &Graph) -> FilteredGraph<'_> {
    FilteredGraph {
        graph,
        dependencies: ALL,
        nonadjacent: false,
    }
}
