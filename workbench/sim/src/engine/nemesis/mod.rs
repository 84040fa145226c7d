//! Breaks things on a schedule: cuts the network, kills nodes, pauses them.
//!
//! Kinds of partition, targets and schedules follow Maelstrom's (page "The simulated network",
//! sections 3 and 4) and Jepsen's combined nemesis packages.

mod acts;
mod targets;

use std::collections::BTreeSet;
use std::rc::Rc;

use fastrand::Rng;
use mael::executor::LocalFuture;
use mael::time::{self, Duration, Instant};

use targets::{Partition, Targets};

use super::cluster::Cluster;
use super::context::Context;
use super::host::NodeFailure;
use super::script::Act;
use crate::options::Fault;

/// How many flaps there are for one partition.
const FLAPS: f64 = 20.0;

/// How many further steps a node that is to crash may take: up to a number drawn from these, so
/// that few are as likely as many, and a node that serves a request now and then comes so far.
const CRASH_STEPS: [u64; 6] = [2, 4, 8, 16, 32, 64];

/// The same for a node that has just been started: about as many as it takes to answer `init`.
const START_STEPS: u64 = 4;

/// How long a node that crashed is dead at most.
const CRASH_REST: Duration = Duration::from_millis(500);

/// Injects faults into one run.
#[derive(Clone)]
pub(super) struct Nemesis {
    context: Rc<Context>,
    cluster: Rc<Cluster>,
}

/// What is done to the nodes, one thing after the other; fails when a node that was killed does
/// not come up again.
pub(super) type Schedule = LocalFuture<'static, Result<(), NodeFailure>>;

impl Nemesis {
    /// Injects faults into these nodes and their network.
    pub(super) fn new(context: &Rc<Context>, cluster: &Rc<Cluster>) -> Self {
        Self {
            context: Rc::clone(context),
            cluster: Rc::clone(cluster),
        }
    }

    /// Whether the test asks for this fault.
    fn has(&self, fault: Fault) -> bool {
        self.context.options.nemesis.contains(&fault)
    }

    /// The mean time between two acts.
    fn interval(&self) -> Duration {
        self.context.options.nemesis_interval
    }

    /// What is drawn until `end`.
    pub(super) fn schedules(&self, end: Instant) -> Vec<Schedule> {
        let options = &self.context.options;
        let mut schedules: Vec<Schedule> = Vec::new();
        let named = |fault: &Fault| self.has(*fault);
        for by in Fault::OF_LINKS.into_iter().filter(named) {
            let random = options.random(&format!("{by}s"));
            schedules.push(Box::pin(self.clone().partitions(by, random, end)));
        }
        if Fault::OF_PROCESSES.iter().any(named) {
            let random = options.random("processes");
            schedules.push(Box::pin(self.clone().processes(random, end)));
        }
        schedules
    }

    /// Cuts and mends the network until `end`, at the pace of partitions or at that of flaps.
    async fn partitions(self, by: Fault, mut random: Rng, end: Instant) -> Result<(), NodeFailure> {
        let often = if by == Fault::Flap { FLAPS } else { 1.0 };
        let mut cut = false;
        while time::now() < end {
            self.perform(match cut {
                true => Act::Heal { by },
                false => Partition::draw(by, &self.cluster.ids, &mut random),
            })
            .await?;
            cut = !cut;
            self.rest(self.gap(&mut random) / often, end).await;
        }
        Ok(())
    }

    /// Kills and starts, pauses and resumes nodes until `end`. The first act comes within 1.5 s, so
    /// that a short run has one, and not before nodes have served somebody.
    ///
    /// # Errors
    /// When a node that was killed does not come up again.
    async fn processes(self, mut random: Rng, end: Instant) -> Result<(), NodeFailure> {
        let faults: Vec<Fault> = Fault::OF_PROCESSES
            .into_iter()
            .filter(|fault| self.has(*fault))
            .collect();
        let mut broken = BTreeSet::new();
        let first = self.interval().as_secs_f64().min(1.0);
        self.rest(first * (0.5 + random.f64()), end).await;
        while time::now() < end {
            let fault = faults[random.usize(..faults.len())];
            let breaks = broken.insert(fault);
            let draw = |random: &mut Rng| Targets::draw(&self.cluster.ids, random);
            match (fault, breaks) {
                (Fault::Crash, _) => self.crash(&mut random, end).await?,
                (Fault::Kill, true) => {
                    let (targets, nodes) = draw(&mut random);
                    self.perform(Act::Kill { targets, nodes }).await?;
                }
                (Fault::Kill, false) => self.perform(Act::Start).await?,
                (_, true) => {
                    let (targets, nodes) = draw(&mut random);
                    self.perform(Act::Pause { targets, nodes }).await?;
                }
                (_, false) => self.perform(Act::Resume).await?,
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
        self.context.network.stop_faults();
        if self.has(Fault::Pause) {
            self.perform(Act::Resume).await?;
        }
        if self.has(Fault::Kill) || self.has(Fault::Crash) {
            self.perform(Act::Start).await?;
        }
        for by in Fault::OF_LINKS {
            if self.has(by) {
                self.perform(Act::Heal { by }).await?;
            }
        }
        Ok(())
    }

    /// The seconds between two acts.
    fn gap(&self, random: &mut Rng) -> f64 {
        self.interval().as_secs_f64() * 2.0 * random.f64()
    }

    /// Does nothing for so many seconds, but not beyond `end`.
    async fn rest(&self, seconds: f64, end: Instant) {
        // A gap that is too long to be written down is longer than any run.
        let gap = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
        time::sleep_until(end.min(time::now() + gap)).await;
    }

    /// Has a node die at some step, and starts it again soon after, when it may die once more.
    ///
    /// # Errors
    /// When it does not come up again.
    async fn crash(&self, random: &mut Rng, end: Instant) -> Result<(), NodeFailure> {
        let id = &self.cluster.ids[random.usize(..self.cluster.ids.len())];
        if !self.cluster.runs(id) {
            // It was killed, and is dead until the nemesis starts all.
            return Ok(());
        }
        let node = || id.to_string();
        let most = CRASH_STEPS[random.usize(..CRASH_STEPS.len())];
        self.perform(Act::Crash {
            node: node(),
            steps: random.u64(..most),
            patience: self.interval().min(end.since(time::now())),
        })
        .await?;
        while !self.cluster.runs(id) && time::now() < end {
            let rest = CRASH_REST.mul_f64(random.f64());
            let crashes = !random.bool();
            self.perform(Act::Restart {
                node: node(),
                rest: rest.min(end.since(time::now())),
                crash: crashes.then(|| (random.u64(..START_STEPS), CRASH_REST)),
            })
            .await?;
        }
        Ok(())
    }
}
