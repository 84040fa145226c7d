//! The topology that is sent to broadcast nodes. It is only a suggestion: each node may send to any
//! other.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The shape of the network of neighbours. Source: page "Workloads", section 4.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topology {
    /// A square grid, whose last row may be incomplete.
    #[default]
    Grid,
    /// A line.
    Line,
    /// An alias of [`Topology::Tree2`].
    Tree,
    /// A tree in which each node has up to 2 children.
    Tree2,
    /// A tree in which each node has up to 3 children.
    Tree3,
    /// A tree in which each node has up to 4 children.
    Tree4,
    /// Each node is a neighbour of every other.
    Total,
}

impl Topology {
    const ALL: [Self; 7] = [
        Self::Grid,
        Self::Line,
        Self::Tree,
        Self::Tree2,
        Self::Tree3,
        Self::Tree4,
        Self::Total,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Grid => "grid",
            Self::Line => "line",
            Self::Tree => "tree",
            Self::Tree2 => "tree2",
            Self::Tree3 => "tree3",
            Self::Tree4 => "tree4",
            Self::Total => "total",
        }
    }

    /// Returns the neighbours of each of these nodes, in the same order as Maelstrom. (A line of
    /// one node has no entries.)
    pub fn neighbours(self, nodes: &[String]) -> BTreeMap<String, Vec<String>> {
        let count = nodes.len();
        if self == Self::Line && count < 2 {
            return BTreeMap::new();
        }
        let of = |node| match self {
            Self::Grid => grid(node, count),
            Self::Line => line(node, count),
            Self::Tree | Self::Tree2 => tree(2, node, count),
            Self::Tree3 => tree(3, node, count),
            Self::Tree4 => tree(4, node, count),
            Self::Total => (0..count).filter(|other| *other != node).collect(),
        };
        let names = |neighbours: Vec<usize>| {
            let names = neighbours.into_iter().map(|node| nodes[node].clone());
            names.collect()
        };
        (0..count)
            .map(|node| (nodes[node].clone(), names(of(node))))
            .collect()
    }
}

/// Returns the nodes below, above, to the right and to the left.
fn grid(node: usize, count: usize) -> Vec<usize> {
    let side = (1..).find(|side| side * side >= count).unwrap_or(count);
    let (row, column) = (node / side, node % side);
    let below = (row + 1, column);
    let above = (row.wrapping_sub(1), column);
    let right = (row, column + 1);
    let left = (row, column.wrapping_sub(1));
    [below, above, right, left]
        .into_iter()
        .filter(|(row, column)| *row < side && *column < side)
        .map(|(row, column)| row * side + column)
        .filter(|neighbour| *neighbour < count)
        .collect()
}

/// Returns the nodes before and after.
fn line(node: usize, count: usize) -> Vec<usize> {
    let before = node.checked_sub(1);
    let after = Some(node + 1).filter(|after| *after < count);
    before.into_iter().chain(after).collect()
}

/// Returns the parent and the children in a tree whose levels are filled one after the other.
fn tree(branches: usize, node: usize, count: usize) -> Vec<usize> {
    let parent = node.checked_sub(1).map(|before| before / branches);
    let children = branches * node + 1..=branches * node + branches;
    let children = children.filter(|child| *child < count);
    parent.into_iter().chain(children).collect()
}

impl fmt::Display for Topology {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Topology {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|shape| shape.name() == name);
        found.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            format!("must be one of {names}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::node_names;

    fn text(topology: Topology, count: usize) -> String {
        let neighbours = topology.neighbours(&node_names(count));
        let entry = |(node, neighbours): (&String, &Vec<String>)| {
            format!("{node}:[{}]", neighbours.join(","))
        };
        neighbours.iter().map(entry).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn topologies_match_the_documentation() {
        use Topology::{Grid, Line, Total, Tree, Tree2, Tree3};
        for (topology, count, expected) in [
            (
                Grid,
                5,
                "n0:[n3,n1] n1:[n4,n2,n0] n2:[n1] n3:[n0,n4] n4:[n1,n3]",
            ),
            (Grid, 3, "n0:[n2,n1] n1:[n0] n2:[n0]"),
            (Grid, 1, "n0:[]"),
            (Tree2, 5, "n0:[n1,n2] n1:[n0,n3,n4] n2:[n0] n3:[n1] n4:[n1]"),
            (Tree, 3, "n0:[n1,n2] n1:[n0] n2:[n0]"),
            (
                Tree3,
                6,
                "n0:[n1,n2,n3] n1:[n0,n4,n5] n2:[n0] n3:[n0] n4:[n1] n5:[n1]",
            ),
            (Line, 3, "n0:[n1] n1:[n0,n2] n2:[n1]"),
            (Line, 1, ""),
            (Total, 3, "n0:[n1,n2] n1:[n0,n2] n2:[n0,n1]"),
        ] {
            assert_eq!(text(topology, count), expected, "{topology} of {count}");
        }
    }

    #[test]
    fn a_tree_of_four_branches_is_shallow() {
        let neighbours = Topology::Tree4.neighbours(&node_names(25));
        let counts = |nodes: std::ops::Range<usize>| {
            let counts = nodes.map(|node| neighbours[&format!("n{node}")].len());
            counts.collect::<Vec<_>>()
        };
        assert_eq!(counts(0..6), [4, 5, 5, 5, 5, 5]);
        assert_eq!(counts(6..25), [1; 19]);
    }

    #[test]
    fn links_are_symmetric() {
        for topology in Topology::ALL {
            for count in 1..40 {
                let neighbours = topology.neighbours(&node_names(count));
                for (node, theirs) in &neighbours {
                    for other in theirs {
                        assert!(neighbours[other].contains(node), "{topology} of {count}");
                    }
                }
            }
        }
    }

    #[test]
    fn names_round_trip_through_text() {
        for topology in Topology::ALL {
            assert_eq!(topology.to_string().parse(), Ok(topology));
        }
        assert!("ring".parse::<Topology>().unwrap_err().contains("grid"));
    }
}
