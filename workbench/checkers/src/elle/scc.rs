//! Strongly connected components of a graph, as separate graphs.

use super::filtered::FilteredGraph;
use super::graph::{Dependencies, Dependency, Graph, Node};
use super::tarjan::tarjan_scc;

use Dependency::{Process, Realtime, Rw, Wr, Ww};

/// All dependencies.
const ALL: Dependencies = Dependencies::of(&[Ww, Wr, Rw, Process, Realtime]);

/// A strongly connected component, and the numbers of its nodes in the whole graph.
pub(super) struct Scc {
    /// The component, with its own node numbers.
    pub(super) graph: Graph,
    /// The number of each node in the whole graph.
    pub(super) nodes: Vec<Node>,
}

/// Returns the components of a graph that have cycles.
pub(super) fn cyclic(graph: &Graph) -> impl Iterator<Item = Scc> {
    let mut places = vec![0; graph.nodes()];
    let filtered = whole(graph);
    let parts = tarjan_scc(&filtered).cyclic(&filtered).into_iter();
    parts.map(move |nodes| Scc {
        graph: graph.among(&nodes, &mut places),
        nodes,
    })
}

/// Returns the graph without a filter.
pub(super) fn whole(graph: &Graph) -> FilteredGraph<'_> {
    FilteredGraph {
        graph,
        dependencies: ALL,
        nonadjacent: false,
    }
}
