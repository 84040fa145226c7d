//! Checks whether a graph has any cycle, which rules out a model with less work than finding the
//! cycle.

use mael_history::Value;

use super::filtered::FilteredGraph;
use super::graph::{Dependencies, Dependency, Graph, Node};
use super::models;
use super::scc::{Scc, cyclic};
use super::tarjan::tarjan_scc;

use Dependency::{Process, Realtime, Rw, Wr, Ww};

/// A model that is ruled out because a cycle exists.
#[derive(Debug)]
pub(crate) struct CycleExists {
    /// The subgraph with the cycle.
    subgraph: &'static Subgraph,
    /// The transactions of its smallest strongly connected component.
    pub(crate) transactions: Vec<Node>,
}

/// A subgraph that must be acyclic under a model.
#[derive(Debug)]
struct Subgraph {
    /// The anomaly if it has a cycle: the model's name and `-cycle-exists`.
    anomaly: &'static str,
    model: &'static str,
    dependencies: Dependencies,
    hops: Hops,
}

/// Which anti-dependencies a cycle may contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hops {
    /// Like other dependencies.
    Any,
    /// Like other dependencies, except those of predicates.
    OfItems,
    /// No two in a row.
    Nonadjacent,
}

/// The names of dependencies in results, each with its variant for predicates. No operation here
/// has predicates, but Elle lists both.
const NAMES: [(Dependency, &[&str]); 5] = [
    (Ww, &["ww", "wwp"]),
    (Wr, &["wr", "wrp"]),
    (Rw, &["rw", "rwp"]),
    (Process, &["process"]),
    (Realtime, &["realtime"]),
];

const fn subgraph(anomaly: &'static str, dependencies: &[Dependency], hops: Hops) -> Subgraph {
    let (model, _) = anomaly.split_at(anomaly.len() - "-cycle-exists".len());
    Subgraph {
        anomaly,
        model,
        dependencies: Dependencies::of(dependencies),
        hops,
    }
}

/// Weakest first. Source: page "Checkers", section 9.
static SUBGRAPHS: [Subgraph; 13] = {
    use Hops::{Any, Nonadjacent, OfItems};
    [
        subgraph("PL-1-cycle-exists", &[Ww], Any),
        subgraph("PL-2-cycle-exists", &[Ww, Wr], Any),
        subgraph("PL-SI-cycle-exists", &[Ww, Wr, Rw], Nonadjacent),
        subgraph("PL-2.99-cycle-exists", &[Ww, Wr, Rw], OfItems),
        subgraph("PL-3-cycle-exists", &[Ww, Wr, Rw], Any),
        subgraph("strong-session-PL-1-cycle-exists", &[Ww, Process], Any),
        subgraph("strong-session-PL-2-cycle-exists", &[Ww, Wr, Process], Any),
        subgraph(
            "strong-session-snapshot-isolation-cycle-exists",
            &[Ww, Wr, Rw, Process],
            Nonadjacent,
        ),
        subgraph(
            "strong-session-serializable-cycle-exists",
            &[Ww, Wr, Rw, Process],
            Any,
        ),
        subgraph("strong-PL-1-cycle-exists", &[Ww, Realtime], Any),
        subgraph("strong-PL-2-cycle-exists", &[Ww, Wr, Realtime], Any),
        subgraph(
            "strong-snapshot-isolation-cycle-exists",
            &[Ww, Wr, Rw, Realtime],
            Nonadjacent,
        ),
        subgraph("PL-SS-cycle-exists", &[Ww, Wr, Rw, Realtime], Any),
    ]
};

/// Returns the anomalies of all models.
pub(crate) fn anomalies() -> impl Iterator<Item = &'static str> {
    SUBGRAPHS.iter().map(|subgraph| subgraph.anomaly)
}

/// Returns the models that the cycles of a graph rule out, for each cyclic component.
pub(crate) fn cycle_exists(graph: &Graph) -> Vec<CycleExists> {
    cyclic(graph).flat_map(|part| part.cycle_exists()).collect()
}

impl Scc {
    /// Returns the models whose subgraphs have cycles, except those that a weaker one rules out.
    pub(super) fn cycle_exists(&self) -> Vec<CycleExists> {
        let mut cycle_exists = Vec::new();
        let mut impossible = Vec::new();
        for subgraph in &SUBGRAPHS {
            if impossible.contains(&subgraph.model) {
                continue;
            }
            let filtered = FilteredGraph {
                graph: &self.graph,
                dependencies: subgraph.dependencies,
                nonadjacent: subgraph.hops == Hops::Nonadjacent,
            };
            let cyclic = tarjan_scc(&filtered).cyclic(&filtered);
            let Some(smallest) = cyclic.iter().min_by_key(|states| states.len()) else {
                continue;
            };
            let nodes = smallest.iter().map(|state| filtered.node(*state));
            let mut transactions: Vec<Node> = nodes
                .filter(|node| !self.graph.is_junction(*node))
                .map(|node| self.nodes[node as usize])
                .collect();
            transactions.dedup();
            impossible.extend(models::implying_models([subgraph.model]));
            cycle_exists.push(CycleExists {
                subgraph,
                transactions,
            });
        }
        cycle_exists
    }
}

impl CycleExists {
    /// Returns the name of the anomaly.
    pub(crate) fn anomaly(&self) -> &'static str {
        self.subgraph.anomaly
    }

    /// Returns the friendly name of the model.
    pub(crate) fn model(&self) -> &'static str {
        models::friendly(self.subgraph.model)
    }

    /// Explains the anomaly.
    pub(crate) fn to_words(&self) -> String {
        let (size, model) = (self.transactions.len(), self.model());
        format!("there is a cycle among {size} transactions that {model} does not allow")
    }

    /// Returns the anomaly with Elle's keys; `index` maps a transaction to the index of its
    /// operation.
    pub(crate) fn to_value(&self, index: impl Fn(Node) -> usize) -> Value {
        let indices = self.transactions.iter().map(|node| index(*node).into());
        Value::map([
            ("type", Value::keyword(self.anomaly())),
            ("not", Value::keyword(self.model())),
            ("subgraph", self.subgraph.to_value()),
            ("scc-size", self.transactions.len().into()),
            ("scc", Value::Set(indices.collect())),
        ])
    }
}

impl Subgraph {
    /// Returns Elle's notation for the subgraph: `[:union ...]` of dependencies, or `[:extension a
    /// b]`, where every path of `a` may continue with one step of `b`.
    fn to_value(&self) -> Value {
        let names = NAMES
            .into_iter()
            .filter(|(dependency, _)| self.dependencies.contain(*dependency));
        match self.hops {
            Hops::Any => union(names.flat_map(|(_, names)| names)),
            Hops::OfItems => union(
                names
                    .flat_map(|(_, names)| names)
                    .filter(|name| **name != "rwp"),
            ),
            Hops::Nonadjacent => {
                let (hops, others): (Vec<_>, Vec<_>) =
                    names.partition(|(dependency, _)| *dependency == Rw);
                let union = |part: Vec<(_, &'static [&'static str])>| {
                    union(part.into_iter().flat_map(|(_, names)| names))
                };
                vec![Value::keyword("extension"), union(others), union(hops)].into()
            }
        }
    }
}

fn union(names: impl Iterator<Item = &'static &'static str>) -> Value {
    let names = ["union"].iter().chain(names);
    Value::List(names.map(|name| Value::keyword(*name)).collect())
}

#[cfg(test)]
mod tests {
    use super::super::graph::Builder;
    use super::*;

    fn of(edges: &[(Node, Node, Dependency)]) -> Vec<String> {
        let mut builder = Builder::new(4);
        for (from, to, dependency) in edges {
            builder.link(*from, *to, *dependency);
        }
        let cycle_exists = cycle_exists(&builder.build());
        let values = cycle_exists
            .iter()
            .map(|it| it.to_value(|node| node as usize));
        values.map(|value| value.to_string()).collect()
    }

    #[test]
    fn the_weakest_model_is_reported_with_its_cyclic_subgraph() {
        assert_eq!(
            of(&[(0, 1, Ww), (1, 0, Ww), (2, 3, Ww), (3, 2, Wr)]),
            [
                "{:not :read-uncommitted, :scc #{0 1}, :scc-size 2, :subgraph [:union :ww :wwp], \
                 :type :PL-1-cycle-exists}",
                "{:not :read-committed, :scc #{2 3}, :scc-size 2, \
                 :subgraph [:union :ww :wwp :wr :wrp], :type :PL-2-cycle-exists}"
            ]
        );
        assert_eq!(
            of(&[(0, 1, Rw), (1, 0, Rw)]),
            ["{:not :repeatable-read, :scc #{0 1}, :scc-size 2, \
                 :subgraph [:union :ww :wwp :wr :wrp :rw], :type :PL-2.99-cycle-exists}"]
        );
        assert_eq!(
            of(&[(0, 1, Rw), (1, 0, Process)]),
            [
                "{:not :strong-session-snapshot-isolation, :scc #{0 1}, :scc-size 2, :subgraph \
                 [:extension [:union :ww :wwp :wr :wrp :process] [:union :rw :rwp]], \
                 :type :strong-session-snapshot-isolation-cycle-exists}"
            ]
        );
        assert_eq!(of(&[(0, 1, Rw), (1, 2, Ww)]), Vec::<String>::new());
    }
}
