//! Cycles of transactions, each of which must come before the next: Adya's anomalies.
//!
//! Sources: Adya, "Weak Consistency: A Generalized Theory and Optimistic Implementations for
//! Distributed Transactions", PhD thesis, MIT (1999), chapters 3 and 4; Kingsbury and Alvaro,
//! "Elle: Inferring Isolation Anomalies from Experimental Observations", VLDB 14 (2020),
//! section 6; page "Checkers", section 9.

use super::cycle_exists::CycleExists;
use super::filtered::FilteredGraph;
use super::graph::{Dependencies, Dependency, Edge, Graph, Node};
use super::models;
use super::path_search::{Budget, Exhausted, PathSearch, Step};
use super::scc::{Scc, cyclic, whole};
use super::tarjan::tarjan_scc;

use Dependency::{Process, Realtime, Rw, Via, Wr, Ww};

/// A cycle that was found.
#[derive(Debug)]
pub(crate) struct Cycle {
    /// The anomaly.
    pub(crate) anomaly: &'static str,
    /// Its steps; the last leads to the start of the first.
    pub(crate) steps: Vec<Step>,
}

/// A strongly connected component whose search exceeded the budget. The verdict can't be valid.
#[derive(Debug)]
pub(crate) struct Unfinished {
    /// The anomaly of the search that was cut off.
    pub(crate) anomaly: &'static str,
    /// Anomalies that the component certainly does not have.
    pub(crate) absent: Vec<&'static str>,
    /// The number of transactions in the component.
    pub(crate) size: usize,
}

/// The cycles of a graph.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// The shortest cycle of each anomaly in each component, where no worse one implies it.
    pub(crate) cycles: Vec<Cycle>,
    /// Components whose search exceeded the budget.
    pub(crate) unfinished: Vec<Unfinished>,
    /// Cycles that are known to exist in these components.
    pub(crate) cycle_exists: Vec<CycleExists>,
}

/// The maximum number of edges that the search in one component may visit: a deterministic limit
/// that roughly matches Elle's timeout of one second.
const MOST_WORK: u64 = 50_000_000;

/// An anomaly to search for: a cycle of a first step and a path back.
struct Kind {
    anomaly: &'static str,
    first: Dependency,
    back: Dependencies,
    nonadjacent: bool,
}

const fn kind(
    anomaly: &'static str,
    first: Dependency,
    back: &[Dependency],
    nonadjacent: bool,
) -> Kind {
    Kind {
        anomaly,
        first,
        back: Dependencies::of(back),
        nonadjacent,
    }
}

/// In the order of the search. An anomaly is skipped if one found before implies it, which keeps
/// each path back simple: without G-single-item, for example, a cycle with anti-dependencies has at
/// least two. Source: page "Checkers", section 9.
const KINDS: [Kind; 15] = [
    kind("G-single-item", Rw, &[Ww, Wr], false),
    kind("G0", Ww, &[Ww], false),
    kind("G-nonadjacent-item", Rw, &[Ww, Wr, Rw], true),
    kind("G-single-item-process", Rw, &[Ww, Wr, Process], false),
    kind("G1c", Wr, &[Ww, Wr], false),
    kind(
        "G-nonadjacent-item-process",
        Rw,
        &[Ww, Wr, Rw, Process],
        true,
    ),
    kind("G-single-item-realtime", Rw, &[Ww, Wr, Realtime], false),
    kind("G2-item", Rw, &[Ww, Wr, Rw], false),
    kind(
        "G-nonadjacent-item-realtime",
        Rw,
        &[Ww, Wr, Rw, Realtime],
        true,
    ),
    kind("G0-process", Ww, &[Ww, Process], false),
    kind("G1c-process", Wr, &[Ww, Wr, Process], false),
    kind("G2-item-process", Rw, &[Ww, Wr, Rw, Process], false),
    kind("G0-realtime", Ww, &[Ww, Realtime], false),
    kind("G1c-realtime", Wr, &[Ww, Wr, Realtime], false),
    kind("G2-item-realtime", Rw, &[Ww, Wr, Rw, Realtime], false),
];

/// Returns the anomalies of all cycles.
pub(crate) fn anomalies() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|kind| kind.anomaly)
}

/// Finds the cycles of a graph.
pub(crate) fn find(graph: &Graph) -> Findings {
    find_within(graph, MOST_WORK)
}

fn find_within(graph: &Graph, most_work: u64) -> Findings {
    let mut findings = Findings::default();
    for scc in cyclic(graph) {
        scc.search(most_work, &mut findings);
    }
    findings
}

impl Scc {
    fn search(&self, most_work: u64, findings: &mut Findings) {
        let mut budget = Budget::new(most_work);
        let mut implied = Vec::new();
        let mut absent = Vec::new();
        for kind in &KINDS {
            if implied.contains(&kind.anomaly) || !self.has_order(kind) {
                continue;
            }
            match self.shortest(kind, &mut budget) {
                Ok(Some(steps)) => {
                    let cycle = self.cycle(steps);
                    implied.extend(models::implied_anomalies([cycle.anomaly]));
                    findings.cycles.push(cycle);
                }
                Ok(None) => absent.push(kind.anomaly),
                Err(Exhausted) => {
                    findings.unfinished.push(Unfinished {
                        anomaly: kind.anomaly,
                        absent,
                        size: self.graph.transactions(),
                    });
                    findings.cycle_exists.extend(self.cycle_exists());
                    findings.cycles.extend(self.any_cycle());
                    return;
                }
            }
        }
    }

    /// Returns whether the graph has the process or realtime order that an anomaly needs.
    fn has_order(&self, kind: &Kind) -> bool {
        [Process, Realtime].into_iter().all(|dependency| {
            !kind.back.contain(dependency) || self.graph.dependencies().contain(dependency)
        })
    }

    /// Returns the shortest cycle of an anomaly.
    fn shortest(&self, kind: &Kind, budget: &mut Budget) -> Result<Option<Vec<Step>>, Exhausted> {
        let filtered = FilteredGraph {
            graph: &self.graph,
            dependencies: kind.back,
            nonadjacent: kind.nonadjacent,
        };
        let sccs = tarjan_scc(&filtered);
        let mut search = PathSearch::new(filtered, &sccs);
        let mut shortest = self.step_to_itself(kind.first).map(|step| vec![step]);
        for from in 0..self.graph.transactions() as Node {
            for edge in self.graph.edges(from) {
                if edge.dependency != kind.first || self.has_stronger(from, edge.to, kind.first) {
                    continue;
                }
                let first = Step {
                    from,
                    to: edge.to,
                    dependency: kind.first,
                };
                if shortest.as_ref().is_some_and(|steps| steps.len() <= 2) {
                    return Ok(shortest);
                }
                let longest = shortest
                    .as_ref()
                    .map_or(usize::MAX, |steps| steps.len() - 1);
                let cycle = self.close(first, &mut search, longest, budget)?;
                shortest = cycle.filter(|cycle| is_simple(cycle)).or(shortest);
            }
        }
        Ok(shortest)
    }

    /// Returns the shortest cycle that starts with a step, which may lead to a junction, if it has
    /// at most `longest` steps.
    fn close(
        &self,
        first: Step,
        search: &mut PathSearch<'_>,
        longest: usize,
        budget: &mut Budget,
    ) -> Result<Option<Vec<Step>>, Exhausted> {
        let filtered = search.filtered();
        let goal = filtered.state(first.from, Ww);
        let state = |node| filtered.state(node, first.dependency);
        let starts = if self.graph.is_junction(first.to) {
            let members = self.members(first.to);
            budget.spend(members.len())?;
            let others = members.into_iter().filter(|it| {
                *it != first.from && !self.has_stronger(first.from, *it, first.dependency)
            });
            others.map(state).collect()
        } else {
            vec![state(first.to)]
        };
        let back = search.path(&starts, goal, longest - 1, budget)?;
        Ok(back.map(|(to, back)| [vec![Step { to, ..first }], back].concat()))
    }

    /// Returns the transactions to which a junction leads.
    fn members(&self, junction: Node) -> Vec<Node> {
        let mut members = Vec::new();
        let mut junctions = vec![junction];
        while let Some(junction) = junctions.pop() {
            let nodes = self.graph.edges(junction).iter().map(|edge| edge.to);
            let (more, transactions): (Vec<_>, Vec<_>) =
                nodes.partition(|node| self.graph.is_junction(*node));
            junctions.extend(more);
            members.extend(transactions);
        }
        members
    }

    /// Returns a transaction that depends on itself.
    fn step_to_itself(&self, dependency: Dependency) -> Option<Step> {
        let mut nodes = 0..self.graph.transactions() as Node;
        let own = |node: &Node| self.has(*node, dependency, *node);
        nodes.find(own).map(|node| Step {
            from: node,
            to: node,
            dependency,
        })
    }

    /// Returns whether one transaction also depends on another by a stronger dependency than an
    /// anti-dependency: a cycle through both then uses the stronger one.
    fn has_stronger(&self, from: Node, to: Node, dependency: Dependency) -> bool {
        dependency == Rw
            && [Ww, Wr].into_iter().any(|stronger| {
                self.has(from, stronger, to)
                    || self
                        .junctions(from, stronger)
                        .any(|junction| self.has(junction, Via, to))
            })
    }

    fn has(&self, from: Node, dependency: Dependency, to: Node) -> bool {
        let edge = Edge { dependency, to };
        self.graph.edges(from).binary_search(&edge).is_ok()
    }

    /// Returns the junctions to which a dependency of a transaction leads.
    fn junctions(&self, from: Node, dependency: Dependency) -> impl Iterator<Item = Node> {
        let to = self.graph.transactions() as Node;
        let edges = self.graph.edges(from);
        let first = edges.partition_point(|edge| *edge < Edge { dependency, to });
        let edges = edges[first..].iter();
        edges
            .take_while(move |edge| edge.dependency == dependency)
            .map(|edge| edge.to)
    }

    /// Returns the cycle of these steps, with the node numbers of the whole graph.
    fn cycle(&self, steps: Vec<Step>) -> Cycle {
        let number = |node: Node| self.nodes[node as usize];
        let steps: Vec<Step> = steps
            .into_iter()
            .map(|step| Step {
                from: number(step.from),
                to: number(step.to),
                ..step
            })
            .collect();
        Cycle {
            anomaly: classify(&steps),
            steps,
        }
    }

    /// Returns the shortest cycle through the first step that is not a realtime dependency.
    fn any_cycle(&self) -> Option<Cycle> {
        let filtered = whole(&self.graph);
        let sccs = tarjan_scc(&filtered);
        let mut search = PathSearch::new(filtered, &sccs);
        let nodes = 0..self.graph.transactions() as Node;
        let steps = nodes.flat_map(|from| {
            let edges = self.graph.edges(from).iter();
            let edges = edges.filter(|edge| edge.dependency != Realtime);
            edges.map(move |edge| Step {
                from,
                to: edge.to,
                dependency: edge.dependency,
            })
        });
        // Every step of a component is in a cycle, except one to a junction that leads directly
        // back.
        let cycle = { steps }.find_map(|first| {
            let mut enough = Budget::new(2 * self.graph.edge_count() as u64);
            let found = self.close(first, &mut search, usize::MAX, &mut enough);
            found.ok().flatten()
        })?;
        Some(self.cycle(cycle))
    }
}

/// Returns whether a cycle visits no transaction twice.
fn is_simple(steps: &[Step]) -> bool {
    let mut nodes: Vec<Node> = steps.iter().map(|step| step.from).collect();
    nodes.sort_unstable();
    nodes.windows(2).all(|pair| pair[0] != pair[1])
}

/// Returns the anomaly of a cycle.
fn classify(steps: &[Step]) -> &'static str {
    let count = |dependency| {
        let of_kind = steps.iter().filter(|step| step.dependency == dependency);
        of_kind.count()
    };
    let next = steps.iter().cycle().skip(1);
    let adjacent = steps
        .iter()
        .zip(next)
        .any(|(step, next)| step.dependency == Rw && next.dependency == Rw);
    let names = match (count(Rw), count(Wr)) {
        (0, 0) => ["G0", "G0-process", "G0-realtime"],
        (0, _) => ["G1c", "G1c-process", "G1c-realtime"],
        (1, _) => [
            "G-single-item",
            "G-single-item-process",
            "G-single-item-realtime",
        ],
        _ if adjacent => ["G2-item", "G2-item-process", "G2-item-realtime"],
        _ => [
            "G-nonadjacent-item",
            "G-nonadjacent-item-process",
            "G-nonadjacent-item-realtime",
        ],
    };
    match (count(Realtime), count(Process)) {
        (0, 0) => names[0],
        (0, _) => names[1],
        _ => names[2],
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use fastrand::Rng;

    use super::super::graph::Builder;
    use super::*;

    /// Returns a graph with a junction, and an equivalent one without, in which each predecessor of
    /// the junction leads to each of its successors. Each pair of transactions has at most one
    /// dependency, so that a cycle has one name.
    fn random_graph(random: &mut Rng) -> (Graph, Graph) {
        let nodes = random.u32(2..7);
        let mut builder = Builder::new(nodes as usize);
        let mut without = Builder::new(nodes as usize);
        let some = |random: &mut Rng| -> Vec<Node> {
            let share = random.u32(..3);
            (0..nodes).filter(|_| random.u32(..3) < share).collect()
        };
        let (sources, members) = (some(random), some(random));
        let shared = random.choice([Ww, Rw, Rw]).expect("the list is not empty");
        let junction = builder.junction();
        for source in &sources {
            builder.link(*source, junction, shared);
        }
        for member in &members {
            builder.link(junction, *member, Via);
        }
        for from in 0..nodes {
            for to in 0..nodes {
                if sources.contains(&from) && members.contains(&to) {
                    without.link(from, to, shared);
                } else if random.u32(..nodes) < 2 {
                    let dependency = random.choice([Ww, Wr, Rw, Rw, Process]);
                    let dependency = dependency.expect("the list is not empty");
                    builder.link(from, to, dependency);
                    without.link(from, to, dependency);
                }
            }
        }
        (builder.build(), without.build())
    }

    /// Returns the length of the shortest simple cycle of each anomaly, by trying all cycles.
    fn all_cycles(graph: &Graph) -> BTreeMap<&'static str, usize> {
        let mut shortest = BTreeMap::new();
        let mut paths: Vec<Vec<Step>> = vec![Vec::new()];
        for from in 0..graph.nodes() as Node {
            paths.push(Vec::new());
            extend(graph, from, &mut Vec::new(), &mut shortest);
        }
        shortest
    }

    fn extend(
        graph: &Graph,
        from: Node,
        path: &mut Vec<Step>,
        shortest: &mut BTreeMap<&'static str, usize>,
    ) {
        for edge in graph.edges(from) {
            path.push(Step {
                from,
                to: edge.to,
                dependency: edge.dependency,
            });
            // A history has no cycle of process dependencies alone.
            let by_data = path.iter().any(|step| step.dependency != Process);
            if edge.to == path[0].from && by_data {
                let length = shortest.entry(classify(path)).or_insert(usize::MAX);
                *length = path.len().min(*length);
            } else if path.iter().all(|step| step.from != edge.to) {
                extend(graph, edge.to, path, shortest);
            }
            path.pop();
        }
    }

    #[test]
    fn found_cycles_are_the_shortest_and_imply_all_others() {
        let mut random = Rng::with_seed(1);
        let mut cyclic = 0;
        for _ in 0..5_000 {
            let (graph, without) = random_graph(&mut random);
            let all = all_cycles(&without);
            let findings = find(&graph);
            assert!(findings.unfinished.is_empty() && findings.cycle_exists.is_empty());
            let mut implied = std::collections::BTreeSet::new();
            for cycle in &findings.cycles {
                let ends = cycle.steps.iter().zip(cycle.steps.iter().cycle().skip(1));
                assert!({ ends }.all(|(step, next)| step.to == next.from));
                assert!(cycle.steps.iter().all(|step| {
                    let edges = without.edges(step.from).iter();
                    { edges }.any(|it| (it.to, it.dependency) == (step.to, step.dependency))
                }));
                assert!(all.contains_key(cycle.anomaly), "{cycle:?}");
                assert!(cycle.steps.len() >= all[cycle.anomaly]);
                implied.extend(models::implied_anomalies([cycle.anomaly]));
            }
            for (anomaly, length) in &all {
                assert!(implied.contains(anomaly), "{anomaly}: {graph:?}");
                let found = findings.cycles.iter().filter(|it| it.anomaly == *anomaly);
                let lengths: Vec<usize> = found.map(|cycle| cycle.steps.len()).collect();
                assert!(lengths.is_empty() || lengths.contains(length));
            }
            cyclic += usize::from(!all.is_empty());
        }
        assert!((1_000..4_900).contains(&cyclic), "{cyclic}");
    }

    #[test]
    fn a_transaction_that_leads_to_itself_through_a_junction_is_not_a_cycle() {
        let mut builder = Builder::new(3);
        let junction = builder.junction();
        for source in [0, 1] {
            builder.link(source, junction, Rw);
        }
        for member in [0, 2] {
            builder.link(junction, member, Via);
        }
        let findings = find_within(&builder.build(), 100);
        assert!(findings.cycles.is_empty() && findings.cycle_exists.is_empty());
    }

    #[test]
    fn a_stronger_dependency_is_preferred_to_one_by_a_junction() {
        for junctions in [[Rw, Ww], [Ww, Rw]] {
            let mut builder = Builder::new(3);
            for dependency in junctions {
                let junction = builder.junction();
                builder.link(0, junction, dependency);
                builder.link(junction, 1, Via);
                builder.link(junction, 2, Via);
            }
            builder.link(1, 0, Wr);
            let findings = find_within(&builder.build(), 100);
            let found: Vec<&str> = findings.cycles.iter().map(|it| it.anomaly).collect();
            assert_eq!(found, ["G1c"], "{junctions:?}");
        }
    }

    #[test]
    fn a_search_that_exceeds_its_budget_reports_partial_results() {
        let mut builder = Builder::new(4);
        for (from, to, dependency) in [(0, 1, Rw), (1, 2, Ww), (2, 3, Rw), (3, 0, Ww)] {
            builder.link(from, to, dependency);
        }
        let findings = find_within(&builder.build(), 3);
        assert_eq!(findings.unfinished.len(), 1);
        assert_eq!(findings.unfinished[0].size, 4);
        assert_eq!(findings.unfinished[0].absent, ["G-single-item", "G0"]);
        assert_eq!(findings.cycles[0].anomaly, "G-nonadjacent-item");
        let models: Vec<&str> = findings
            .cycle_exists
            .iter()
            .map(CycleExists::model)
            .collect();
        assert_eq!(models, ["snapshot-isolation", "repeatable-read"]);
        assert_eq!(findings.cycle_exists[0].transactions, [0, 1, 2, 3]);
    }
}
