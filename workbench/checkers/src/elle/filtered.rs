//! A part of a graph: only some dependencies are followed, and perhaps not one after the other.

use super::graph::{Dependencies, Dependency, Graph, Node};

/// A place in a view: a node, and whether an anti-dependency led there. The latter is only told
/// apart where it matters.
pub(crate) type NodeState = u32;

/// The part of a graph that some dependencies make.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FilteredGraph<'g> {
    /// The graph.
    pub(crate) graph: &'g Graph,
    /// The dependencies that are followed.
    pub(crate) dependencies: Dependencies,
    /// Whether no anti-dependency may follow another at once. Then each node has two states, and
    /// a path through states is one through nodes that keeps this rule.
    pub(crate) nonadjacent: bool,
}

impl FilteredGraph<'_> {
    /// How many states there are.
    pub(crate) fn states(&self) -> usize {
        self.graph.nodes() << u32::from(self.nonadjacent)
    }

    /// The state of a node to which this dependency led.
    pub(crate) fn state(&self, node: Node, by: Dependency) -> NodeState {
        if self.nonadjacent {
            node << 1 | Node::from(by == Dependency::Rw)
        } else {
            node
        }
    }

    /// The node of a state.
    pub(crate) fn node(&self, state: NodeState) -> Node {
        state >> u32::from(self.nonadjacent)
    }

    /// How many edges begin at the node of a state, those that are not followed too.
    pub(crate) fn degree(&self, state: NodeState) -> usize {
        self.graph.edges(self.node(state)).len()
    }

    /// Where the edge in this position leads from a state, and why; None if it is not followed.
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
