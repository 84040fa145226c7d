//! Breaks things on a schedule: cuts the network, kills nodes, pauses them.
//!
//! Kinds of partition, targets and schedules follow Maelstrom's (page "The simulated network",
//! sections 3 and 4) and Jepsen's combined nemesis packages.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::rc::Rc;
use std::str::FromStr;

use fastrand::Rng;
use mael::NodeId;
use mael::time::{self, Duration, Instant};

use super::cluster::Cluster;
use super::host::NodeFailure;
use super::network::{Grudge, Network};
use super::recorder::Recorder;
use crate::Value;

/// How many flaps there are for one partition.
const FLAPS: f64 = 20.0;

/// How many further steps a node that is to crash may take: up to a number drawn from these, so
/// that few are as likely as many, and a node that serves a request now and then comes so far.
const CRASH_STEPS: [u64; 6] = [2, 4, 8, 16, 32, 64];

/// The same for a node that has just been started: about as many as it takes to answer `init`.
const START_STEPS: u64 = 4;

/// How long a node that crashed is dead at most.
const CRASH_REST: Duration = Duration::from_millis(500);

/// A kind of fault that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Links between nodes are cut, and mended.
    Partition,
    /// The same, many times as often.
    Flap,
    /// Nodes are killed, and started again without their memory.
    Kill,
    /// Nodes stop in their tracks, and go on.
    Pause,
    /// A node dies between any two of its steps, and is soon started again; in simulation only.
    Crash,
}

impl Fault {
    /// Those that befall links.
    pub(super) const OF_LINKS: [Self; 2] = [Self::Partition, Self::Flap];

    /// Those that befall processes, not links.
    pub(super) const OF_PROCESSES: [Self; 3] = [Self::Kill, Self::Pause, Self::Crash];

    /// What the history calls cutting links, and mending them.
    fn cut_and_mend(self) -> (&'static str, &'static str) {
        match self {
            Self::Flap => ("start-flap", "stop-flap"),
            _ => ("start-partition", "stop-partition"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Partition => "partition",
            Self::Flap => "flap",
            Self::Kill => "kill",
            Self::Pause => "pause",
            Self::Crash => "crash",
        })
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "partition" => Ok(Self::Partition),
            "flap" => Ok(Self::Flap),
            "kill" => Ok(Self::Kill),
            "pause" => Ok(Self::Pause),
            "crash" => Ok(Self::Crash),
            _ => Err(format!(
                "{name:?} must be partition, flap, kill, pause or crash"
            )),
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

impl Nemesis {
    /// Cuts and mends the network until `end`, at the pace of partitions or at that of flaps.
    pub(super) async fn partitions(self, by: Fault, mut random: Rng, end: Instant) {
        let often = if by == Fault::Flap { FLAPS } else { 1.0 };
        let mut cut = false;
        while time::now() < end {
            if cut {
                self.heal(by);
            } else {
                self.partition(by, &mut random);
            }
            cut = !cut;
            self.rest(self.gap(&mut random) / often, end).await;
        }
    }

    /// Kills and starts, pauses and resumes nodes until `end`. The first act comes within 1.5 s, so
    /// that a short run has one, and not before nodes have served somebody.
    ///
    /// # Errors
    /// When a node that was killed does not come up again.
    pub(super) async fn processes(self, mut random: Rng, end: Instant) -> Result<(), NodeFailure> {
        let faults: Vec<Fault> = Fault::OF_PROCESSES
            .into_iter()
            .filter(|fault| self.faults.contains(fault))
            .collect();
        let mut broken = BTreeSet::new();
        let first = self.interval.as_secs_f64().min(1.0);
        self.rest(first * (0.5 + random.f64()), end).await;
        while time::now() < end {
            let fault = faults[random.usize(..faults.len())];
            let breaks = broken.insert(fault);
            match (fault, breaks) {
                (Fault::Crash, _) => self.crash(&mut random, end).await?,
                (Fault::Kill, true) => self.kill(&mut random).await,
                (Fault::Kill, false) => self.start().await?,
                (_, true) => self.pause(&mut random),
                (_, false) => self.resume(),
            }
            if !breaks {
                broken.remove(&fault);
            }
            self.rest(self.gap(&mut random), end).await;
        }
        Ok(())
    }

    /// Mends everything, links that lose or delay messages too.
    ///
    /// # Errors
    /// When a node that was killed does not come up again.
    pub(super) async fn mend(&self) -> Result<(), NodeFailure> {
        self.network.rest();
        if self.faults.contains(&Fault::Pause) {
            self.resume();
        }
        if self.faults.contains(&Fault::Kill) || self.faults.contains(&Fault::Crash) {
            self.start().await?;
        }
        for by in Fault::OF_LINKS {
            if self.faults.contains(&by) {
                self.heal(by);
            }
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

    fn partition(&self, by: Fault, random: &mut Rng) {
        let (start, _) = by.cut_and_mend();
        let kind = Partition::ALL[random.usize(..Partition::ALL.len())];
        let begin = Value::keyword(kind.name());
        self.recorder.nemesis(start, begin);
        let grudge = kind.grudge(&self.cluster.ids, random);
        let unheard = grudge.iter().map(|(node, unheard)| {
            let unheard = unheard.iter().map(|node| Value::from(node.as_str()));
            (Value::from(node.as_str()), Value::List(unheard.collect()))
        });
        let isolated = vec![Value::keyword("isolated"), Value::Map(unheard.collect())];
        self.network.partition(by, grudge);
        self.recorder.nemesis(start, Value::List(isolated));
    }

    fn heal(&self, by: Fault) {
        let (_, stop) = by.cut_and_mend();
        self.recorder.nemesis(stop, Value::Nil);
        self.network.heal(by);
        let healed = Value::keyword("network-healed");
        self.recorder.nemesis(stop, healed);
    }

    async fn kill(&self, random: &mut Rng) {
        let (targets, nodes) = Targets::draw(&self.cluster.ids, random);
        self.recorder.nemesis("kill", targets);
        self.cluster.kill(&nodes).await;
        self.recorder.nemesis("kill", each(&nodes, "killed"));
    }

    async fn start(&self) -> Result<(), NodeFailure> {
        self.recorder.nemesis("start", Value::keyword("all"));
        self.cluster.start(&self.cluster.ids).await?;
        self.recorder
            .nemesis("start", each(&self.cluster.ids, "started"));
        Ok(())
    }

    /// Has a node die at some step, and starts it again soon after, when it may die once more.
    ///
    /// # Errors
    /// When it does not come up again.
    async fn crash(&self, random: &mut Rng, end: Instant) -> Result<(), NodeFailure> {
        let node = &self.cluster.ids[random.usize(..self.cluster.ids.len())];
        if !self.cluster.runs(node) {
            // It was killed, and is dead until the nemesis starts all.
            return Ok(());
        }
        let one = std::slice::from_ref(node);
        let most = CRASH_STEPS[random.usize(..CRASH_STEPS.len())];
        let steps = random.u64(..most);
        self.recorder.nemesis("crash", Value::keyword("one"));
        let dies = self.cluster.kill_after(node, steps);
        let patience = self.interval.min(end.since(time::now()));
        let died = time::timeout(patience, dies).await.is_ok();
        let outcome = if died { "crashed" } else { "spared" };
        self.recorder.nemesis("crash", each(one, outcome));
        while !self.cluster.runs(node) && time::now() < end {
            self.rest(CRASH_REST.as_secs_f64() * random.f64(), end)
                .await;
            self.recorder.nemesis("start", Value::keyword("one"));
            if random.bool() {
                self.cluster.start(one).await?;
            } else {
                let dies = self.cluster.kill_after(node, random.u64(..START_STEPS));
                let (started, _) =
                    tokio::join!(self.cluster.start(one), time::timeout(CRASH_REST, dies));
                started?;
            }
            let outcome = if self.cluster.runs(node) {
                "started"
            } else {
                "crashed"
            };
            self.recorder.nemesis("start", each(one, outcome));
        }
        Ok(())
    }

    fn pause(&self, random: &mut Rng) {
        let (targets, nodes) = Targets::draw(&self.cluster.ids, random);
        self.recorder.nemesis("pause", targets);
        self.cluster.pause(&nodes);
        self.recorder.nemesis("pause", each(&nodes, "paused"));
    }

    fn resume(&self) {
        self.recorder.nemesis("resume", Value::keyword("all"));
        self.cluster.resume(&self.cluster.ids);
        self.recorder
            .nemesis("resume", each(&self.cluster.ids, "resumed"));
    }
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
    fn draw(ids: &[NodeId], random: &mut Rng) -> (Value, Vec<NodeId>) {
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
        (Value::keyword(name), nodes)
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
