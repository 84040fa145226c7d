//! Breaks things on a schedule: cuts the network, kills nodes, pauses them.
//!
//! Kinds of partition, targets and schedules follow Maelstrom's (page "The simulated network",
//! sections 3 and 4) and Jepsen's combined nemesis packages.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::rc::Rc;
use std::str::FromStr;

use fastrand::Rng;
use mael::NodeId;
use mael::runtime::LocalFuture;
use mael::time::{self, Duration, Instant};

use super::cluster::Cluster;
use super::host::NodeFailure;
use super::network::{Grudge, Network};
use super::recorder::Recorder;
use super::script::{Act, TimedAct};
use crate::{Test, Value};

/// A kind of fault that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Links between nodes are cut, and mended.
    Partition,
    /// Nodes are killed, and started again without their memory.
    Kill,
    /// Nodes stop in their tracks, and go on.
    Pause,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Partition => "partition",
            Self::Kill => "kill",
            Self::Pause => "pause",
        })
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "partition" => Ok(Self::Partition),
            "kill" => Ok(Self::Kill),
            "pause" => Ok(Self::Pause),
            _ => Err(format!("{name:?} must be partition, kill or pause")),
        }
    }
}

/// Who breaks things in one run.
#[derive(Clone)]
pub(super) struct Nemesis {
    pub(super) faults: BTreeSet<Fault>,
    /// The mean time between two acts.
    pub(super) interval: Duration,
    pub(super) cluster: Rc<Cluster>,
    pub(super) network: Rc<Network>,
    pub(super) recorder: Rc<Recorder>,
}

/// What is done to the nodes, one thing after the other; fails when a node that was killed does
/// not come up again.
pub(super) type Schedule = LocalFuture<'static, Result<(), NodeFailure>>;

impl Nemesis {
    /// What is drawn until `end`.
    pub(super) fn schedules(&self, test: &Test, end: Instant) -> Vec<Schedule> {
        let mut schedules: Vec<Schedule> = Vec::new();
        if self.faults.contains(&Fault::Partition) {
            let random = test.random("partitions");
            schedules.push(Box::pin(self.clone().partitions(random, end)));
        }
        if self.faults.contains(&Fault::Kill) || self.faults.contains(&Fault::Pause) {
            let random = test.random("processes");
            schedules.push(Box::pin(self.clone().processes(random, end)));
        }
        schedules
    }

    /// What a script says that begins at `begin`: links and nodes each on a schedule of their own,
    /// as what is drawn.
    pub(super) fn script(&self, acts: Vec<TimedAct>, begin: Instant) -> Vec<Schedule> {
        let (links, nodes): (Vec<_>, Vec<_>) =
            acts.into_iter().partition(|it| it.act.is_on_links());
        [links, nodes]
            .map(|acts| Box::pin(self.clone().play(acts, begin)) as Schedule)
            .into()
    }

    /// Cuts and mends the network until `end`.
    ///
    /// # Errors
    /// Never, but other schedules fail.
    async fn partitions(self, mut random: Rng, end: Instant) -> Result<(), NodeFailure> {
        let mut cut = false;
        while time::now() < end {
            self.perform(match cut {
                true => Act::Heal,
                false => Partition::draw(&self.cluster.ids, &mut random),
            })
            .await?;
            cut = !cut;
            self.rest(self.gap(&mut random), end).await;
        }
        Ok(())
    }

    /// Kills and starts, pauses and resumes nodes until `end`. The first act comes within 1.5 s, so
    /// that a short run has one, and not before nodes have served somebody.
    ///
    /// # Errors
    /// When a node that was killed does not come up again.
    async fn processes(self, mut random: Rng, end: Instant) -> Result<(), NodeFailure> {
        let faults: Vec<Fault> = [Fault::Kill, Fault::Pause]
            .into_iter()
            .filter(|fault| self.faults.contains(fault))
            .collect();
        let mut broken = BTreeSet::new();
        let first = self.interval.as_secs_f64().min(1.0);
        self.rest(first * (0.5 + random.f64()), end).await;
        while time::now() < end {
            let fault = faults[random.usize(..faults.len())];
            let breaks = broken.insert(fault);
            let act = if !breaks {
                broken.remove(&fault);
                match fault {
                    Fault::Kill => Act::Start,
                    _ => Act::Resume,
                }
            } else {
                let (targets, nodes) = Targets::draw(&self.cluster.ids, &mut random);
                match fault {
                    Fault::Kill => Act::Kill { targets, nodes },
                    _ => Act::Pause { targets, nodes },
                }
            };
            self.perform(act).await?;
            self.rest(self.gap(&mut random), end).await;
        }
        Ok(())
    }

    /// Does what a script says, which began at `begin`.
    ///
    /// # Errors
    /// When a node that was killed does not come up again.
    async fn play(self, acts: Vec<TimedAct>, begin: Instant) -> Result<(), NodeFailure> {
        for TimedAct { time, act } in acts {
            time::sleep_until(begin + time).await;
            self.perform(act).await?;
        }
        Ok(())
    }

    /// Mends everything.
    ///
    /// # Errors
    /// When a node that was killed does not come up again.
    pub(super) async fn mend(&self) -> Result<(), NodeFailure> {
        if self.faults.contains(&Fault::Pause) {
            self.perform(Act::Resume).await?;
        }
        if self.faults.contains(&Fault::Kill) {
            self.perform(Act::Start).await?;
        }
        if self.faults.contains(&Fault::Partition) {
            self.perform(Act::Heal).await?;
        }
        Ok(())
    }

    /// The seconds between two acts.
    fn gap(&self, random: &mut Rng) -> f64 {
        self.interval.as_secs_f64() * 2.0 * random.f64()
    }

    /// Does nothing for so many seconds, but not beyond `end`.
    async fn rest(&self, seconds: f64, end: Instant) {
        // A gap that is too long to be written down is longer than any run.
        let gap = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
        time::sleep_until(end.min(time::now() + gap)).await;
    }

    /// Does something, and records it.
    ///
    /// # Errors
    /// When a node that was killed does not come up again.
    async fn perform(&self, act: Act) -> Result<(), NodeFailure> {
        self.recorder.act(&act);
        let (f, begin) = act.told();
        self.recorder.nemesis(f, begin);
        let outcome = match act {
            Act::Partition { unheard, .. } => {
                let isolated = isolated(&unheard);
                let ids = |(node, unheard): (String, BTreeSet<String>)| {
                    (NodeId::from(node), ids(unheard))
                };
                let grudge = unheard.into_iter().map(ids).collect();
                self.network.partition(grudge);
                isolated
            }
            Act::Heal => {
                self.network.heal();
                Value::keyword("network-healed")
            }
            Act::Kill { nodes, .. } => {
                let nodes: Vec<NodeId> = ids(nodes);
                self.cluster.kill(&nodes).await;
                each(&nodes, "killed")
            }
            Act::Start => {
                self.cluster.start(&self.cluster.ids).await?;
                each(&self.cluster.ids, "started")
            }
            Act::Pause { nodes, .. } => {
                let nodes: Vec<NodeId> = ids(nodes);
                self.cluster.pause(&nodes);
                each(&nodes, "paused")
            }
            Act::Resume => {
                self.cluster.resume(&self.cluster.ids);
                each(&self.cluster.ids, "resumed")
            }
        };
        self.recorder.nemesis(f, outcome);
        Ok(())
    }
}

impl Act {
    /// How histories name it, and what they say when it begins.
    fn told(&self) -> (&'static str, Value) {
        let (f, value) = match self {
            Self::Partition { kind, .. } => ("start-partition", kind),
            Self::Heal => return ("stop-partition", Value::Nil),
            Self::Kill { targets, .. } => ("kill", targets),
            Self::Start => ("start", &"all".into()),
            Self::Pause { targets, .. } => ("pause", targets),
            Self::Resume => ("resume", &"all".into()),
        };
        (f, Value::keyword(value.clone()))
    }
}

fn ids<C: FromIterator<NodeId>>(names: impl IntoIterator<Item = String>) -> C {
    names.into_iter().map(NodeId::from).collect()
}

fn names<'a, C: FromIterator<String>>(ids: impl IntoIterator<Item = &'a NodeId>) -> C {
    ids.into_iter().map(NodeId::to_string).collect()
}

/// Who does not hear whom, as histories have it.
fn isolated(unheard: &BTreeMap<String, BTreeSet<String>>) -> Value {
    let unheard = unheard.iter().map(|(node, unheard)| {
        let unheard = unheard.iter().map(|node| Value::from(node.as_str()));
        (Value::from(node.as_str()), Value::List(unheard.collect()))
    });
    vec![Value::keyword("isolated"), Value::Map(unheard.collect())].into()
}

fn each(nodes: &[NodeId], what: &'static str) -> Value {
    let nodes = nodes
        .iter()
        .map(|node| (Value::from(node.as_str()), Value::keyword(what)));
    Value::Map(nodes.collect())
}

/// How many nodes an act of killing or pausing is aimed at.
#[derive(Clone, Copy)]
enum Targets {
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

    /// Draws the kind of targets, then the nodes, in the order of their names.
    fn draw(ids: &[NodeId], random: &mut Rng) -> (Cow<'static, str>, Vec<String>) {
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
enum Partition {
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

    /// Draws the kind of partition, then who no longer hears whom.
    fn draw(ids: &[NodeId], random: &mut Rng) -> Act {
        let kind = Self::ALL[random.usize(..Self::ALL.len())];
        let unheard = kind.grudge(ids, random).into_iter();
        Act::Partition {
            kind: kind.name().into(),
            unheard: unheard
                .map(|(node, unheard)| (node.to_string(), names(&unheard)))
                .collect(),
        }
    }

    /// Draws who no longer hears whom.
    fn grudge(self, ids: &[NodeId], random: &mut Rng) -> Grudge {
        let mut nodes = ids.to_vec();
        random.shuffle(&mut nodes);
        let count = nodes.len();
        match self {
            Self::One => split(&nodes, 1.min(count)),
            Self::MinorityThird => split(&nodes, (count - 1) / 3),
            Self::Majority => split(&nodes, count / 2),
            Self::MajoritiesRing if count <= 2 => Grudge::new(),
            Self::MajoritiesRing if count <= 5 => exact_ring(&nodes),
            Self::MajoritiesRing => stochastic_ring(&nodes, random),
        }
    }
}

/// Cuts the first `count` nodes off from the others, both ways.
fn split(nodes: &[NodeId], count: usize) -> Grudge {
    let (some, others) = nodes.split_at(count);
    if some.is_empty() || others.is_empty() {
        return Grudge::new();
    }
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

/// Nodes on a circle, of which each hears a majority that lies around it.
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

/// Links are added at random between the least linked nodes until each has a majority.
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
        let other = other.expect("a node with less than a majority lacks a link to some other");
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
    fn exact_rings_are_those_of_the_page() {
        assert_eq!(text(&exact_ring(&nodes("abc"))), "a:b b:c c:a");
        assert_eq!(text(&exact_ring(&nodes("abcd"))), "a:c b:d c:a d:b");
        assert_eq!(
            text(&exact_ring(&nodes("abcde"))),
            "a:cd b:de c:ae d:ab e:bc"
        );
    }

    #[test]
    fn rings_leave_every_node_a_majority() {
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
    fn small_clusters_are_cut_as_the_page_says() {
        let mut random = Rng::with_seed(3);
        let mut cut = |kind: Partition, names| {
            let grudge = kind.grudge(&nodes(names), &mut random);
            grudge.values().map(BTreeSet::len).sum::<usize>()
        };
        assert_eq!(cut(Partition::One, "a"), 0);
        assert_eq!(cut(Partition::One, "abcd"), 6);
        assert_eq!(cut(Partition::Majority, "ab"), 2);
        assert_eq!(cut(Partition::MinorityThird, "abc"), 0);
        assert_eq!(cut(Partition::MinorityThird, "abcd"), 6);
        assert_eq!(cut(Partition::MajoritiesRing, "ab"), 0);
    }
}
