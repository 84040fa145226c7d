//! A subgraph, in which only some dependencies are followed, and optionally no two consecutive
//! anti-dependencies.

use super::graph::{Dependencies, Dependency, Graph, Node};

/// A state in a filtered graph: a node, and whether an anti-dependency led there. The latter is
/// distinguished only if the graph is `nonadjacent`.
pub(crate) type NodeState = u32;

/// The subgraph of some dependencies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FilteredGraph<'g> {
    /// The graph.
    pub(crate) graph: &'g Graph,
    /// The dependencies that are followed.
    pub(crate) dependencies: Dependencies,
    /// Whether no anti-dependency may directly follow another. Then each node has two states, and a
    /// path through states is a path through nodes that obeys this rule.
    pub(crate) nonadjacent: bool,
}

impl FilteredGraph<'_> {
    /// Returns the number of states.
    pub(crate) fn states(&self) -> usize {
        self.graph.nodes() << u32::from(self.nonadjacent)
    }

    /// Returns the state of a node that is reached by this dependency.
    pub(crate) fn state(&self, node: Node, by: Dependency) -> NodeState {
        if self.nonadjacent {
            node << 1 | Node::from(by == Dependency::Rw)
        } else {
            node
        }
    }

    /// Returns the node of a state.
    pub(crate) fn node(&self, state: NodeState) -> Node {
        state >> u32::from(self.nonadjacent)
    }

    /// Returns the out-degree of a state's node, including edges that are not followed.
    pub(crate) fn degree(&self, state: NodeState) -> usize {
        self.graph.edges(self.node(state)).len()
    }

    /// Returns the state that the edge at this position leads to, and its dependency; `None` if it
    /// is not followed.
    pub(crate) fn follow(
        &self,
        state: NodeState,
        position: usize,
    ) -> Option<(NodeState, Dependency)> {
        let edge = self.graph.edges(self.node(state))[position];
        let after_rw = self.nonadjacent && state & 1 == 1;
        let led_by = match edge.dependency {
            Dependency::Via if after_rw => Dependency::Rw,
            other => other,
        };
        let followed = match edge.dependency {
            Dependency::Via => true,
            Dependency::Rw if after_rw => false,
            other => self.dependencies.contain(other),
        };
        followed.then(|| (self.state(edge.to, led_by), edge.dependency))
    }
}
