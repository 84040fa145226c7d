//! Draws the targets of the nemesis: nodes to kill or pause, and links to cut.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use mael::NodeId;

use crate::engine::NemesisAction;
use crate::engine::network::Grudge;

/// The number of nodes that a kill or a pause affects.
#[derive(Clone, Copy)]
pub(super) enum Targets {
    Subset,
    One,
    MinorityThird,
    Minority,
    Majority,
    All,
}

impl Targets {
    const ALL: [Self; 6] = [
        Self::Subset,
        Self::One,
        Self::MinorityThird,
        Self::Minority,
        Self::Majority,
        Self::All,
    ];

    /// Draws the kind of targets, and then the nodes, sorted by name.
    pub(super) fn draw(ids: &[NodeId], random: &mut Rng) -> (Cow<'static, str>, Vec<String>) {
        let targets = Self::ALL[random.usize(..Self::ALL.len())];
        let majority = ids.len() / 2 + 1;
        let (name, count) = match targets {
            Self::Subset => ("subset", random.usize(1..=ids.len())),
            Self::One => ("one", 1),
            Self::MinorityThird => ("minority-third", (ids.len() - 1) / 3),
            Self::Minority => ("minority", majority - 1),
            Self::Majority => ("majority", majority),
            Self::All => ("all", ids.len()),
        };
        let mut nodes = ids.to_vec();
        random.shuffle(&mut nodes);
        nodes.truncate(count);
        nodes.sort_unstable();
        (name.into(), names(&nodes))
    }
}

/// The kinds of partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Partition {
    One,
    MinorityThird,
    Majority,
    MajoritiesRing,
}

impl Partition {
    const ALL: [Self; 4] = [
        Self::One,
        Self::MinorityThird,
        Self::Majority,
        Self::MajoritiesRing,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::One => "one",
            Self::MinorityThird => "minority-third",
            Self::Majority => "majority",
            Self::MajoritiesRing => "majorities-ring",
        }
    }

    /// Draws the kind of partition, and then the links to cut.
    pub(super) fn draw(ids: &[NodeId], random: &mut Rng) -> NemesisAction {
        let kind = Self::ALL[random.usize(..Self::ALL.len())];
        let unheard = kind.grudge(ids, random).into_iter();
        NemesisAction::Partition {
            kind: kind.name().into(),
            unheard: unheard
                .map(|(node, unheard)| (node.to_string(), names(&unheard)))
                .collect(),
        }
    }

    /// Draws the links to cut: for each node, the nodes whose messages don't reach it, if any.
    fn grudge(self, ids: &[NodeId], random: &mut Rng) -> Grudge {
        let mut nodes = ids.to_vec();
        random.shuffle(&mut nodes);
        let count = nodes.len();
        match self {
            Self::One => split(&nodes, 1.min(count)),
            Self::MinorityThird => split(&nodes, (count - 1) / 3),
            Self::Majority => split(&nodes, count / 2),
            Self::MajoritiesRing if count <= 5 => exact_ring(&nodes),
            Self::MajoritiesRing => stochastic_ring(&nodes, random),
        }
    }
}

/// Cuts all links between the first `count` nodes and the others, in both directions.
fn split(nodes: &[NodeId], count: usize) -> Grudge {
    let (some, others) = nodes.split_at(count);
    let unheard = |nodes: &[NodeId], by: &[NodeId]| {
        let nodes: BTreeSet<NodeId> = nodes.iter().cloned().collect();
        by.iter()
            .map(|node| (node.clone(), nodes.clone()))
            .collect::<Vec<_>>()
    };
    let mut grudge: Grudge = unheard(others, some).into_iter().collect();
    grudge.extend(unheard(some, others));
    grudge
}

/// Arranges nodes on a circle, where each one receives messages from the majority around it.
fn exact_ring(circle: &[NodeId]) -> Grudge {
    let count = circle.len();
    let majority = count / 2 + 1;
    (0..count)
        .map(|start| {
            let window: Vec<&NodeId> = (start..start + majority)
                .map(|position| &circle[position % count])
                .collect();
            let unheard = circle.iter().filter(|node| !window.contains(node));
            (window[majority / 2].clone(), unheard.cloned().collect())
        })
        .collect()
}

/// Adds random links between the nodes with the fewest links until each has a majority.
fn stochastic_ring(nodes: &[NodeId], random: &mut Rng) -> Grudge {
    let majority = nodes.len() / 2 + 1;
    let mut linked: BTreeMap<&NodeId, BTreeSet<&NodeId>> = nodes
        .iter()
        .map(|node| (node, BTreeSet::from([node])))
        .collect();
    loop {
        let mut order: Vec<&NodeId> = nodes.iter().collect();
        random.shuffle(&mut order);
        order.sort_by_key(|node| linked[node].len());
        let least = order[0];
        if linked[least].len() >= majority {
            break;
        }
        let other = order.into_iter().find(|node| !linked[least].contains(node));
        let other = other.expect("a node without a majority lacks a link to another node");
        linked.entry(least).or_default().insert(other);
        linked.entry(other).or_default().insert(least);
    }
    let unheard = |links: &BTreeSet<&NodeId>| {
        let unlinked = nodes.iter().filter(|node| !links.contains(node));
        unlinked.cloned().collect()
    };
    linked
        .iter()
        .map(|(node, links)| ((*node).clone(), unheard(links)))
        .collect()
}

fn names<'a, C: FromIterator<String>>(ids: impl IntoIterator<Item = &'a NodeId>) -> C {
    ids.into_iter().map(NodeId::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes(names: &str) -> Vec<NodeId> {
        names
            .chars()
            .map(|name| NodeId::from(name.to_string()))
            .collect()
    }

    fn text(grudge: &Grudge) -> String {
        let line = |(node, unheard): (&NodeId, &BTreeSet<NodeId>)| {
            let unheard: String = unheard.iter().map(NodeId::as_str).collect();
            format!("{node}:{unheard}")
        };
        grudge.iter().map(line).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn exact_rings_match_the_page() {
        assert_eq!(text(&exact_ring(&nodes("abc"))), "a:b b:c c:a");
        assert_eq!(text(&exact_ring(&nodes("abcd"))), "a:c b:d c:a d:b");
        assert_eq!(
            text(&exact_ring(&nodes("abcde"))),
            "a:cd b:de c:ae d:ab e:bc"
        );
    }

    #[test]
    fn every_node_of_a_ring_has_a_majority() {
        let mut random = Rng::with_seed(3);
        for count in 3..30 {
            let ids: Vec<NodeId> = (0..count).map(|n| NodeId::from(format!("n{n}"))).collect();
            let grudge = Partition::MajoritiesRing.grudge(&ids, &mut random);
            for (node, unheard) in &grudge {
                assert!(count - unheard.len() > count / 2, "{count} {node}");
                for other in unheard {
                    assert!(
                        count == 3 || grudge[other].contains(node),
                        "{count} {node} {other}"
                    );
                }
            }
        }
    }

    #[test]
    fn partitions_of_small_clusters_match_the_documentation() {
        let mut random = Rng::with_seed(3);
        let mut cut = |kind: Partition, names: &str| {
            let grudge = kind.grudge(&nodes(names), &mut random);
            assert_eq!(grudge.len(), names.len(), "every node has an entry");
            grudge.values().map(BTreeSet::len).sum::<usize>()
        };
        assert_eq!(cut(Partition::One, "a"), 0);
        assert_eq!(cut(Partition::One, "abcd"), 6);
        assert_eq!(cut(Partition::Majority, "ab"), 2);
        assert_eq!(cut(Partition::MinorityThird, "abc"), 0);
        assert_eq!(cut(Partition::MinorityThird, "abcd"), 6);
        assert_eq!(cut(Partition::MajoritiesRing, "a"), 0);
        assert_eq!(cut(Partition::MajoritiesRing, "ab"), 0);
    }
}
