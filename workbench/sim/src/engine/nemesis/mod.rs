//! Injects faults: cuts links, and kills and pauses nodes.
//!
//! Kinds of partition, targets and tasks follow Maelstrom's (page "The simulated network",
//! sections 3 and 4) and Jepsen's combined nemesis packages.

mod actions;
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
use super::schedule::NemesisAction;
use crate::options::{Fault, KillAt};

/// The faults of nodes, as opposed to those of links.
const PROCESS_FAULTS: [Fault; 2] = [Fault::Kill, Fault::Pause];

/// The maximum number of further steps before a node is killed is drawn from these, so that few
/// steps are as likely as many, and a node that handles few requests takes them in time.
const KILL_STEPS: [u64; 6] = [2, 4, 8, 16, 32, 64];

/// The same for a node that has just been started: about the number of steps that it takes to
/// answer `init`.
const START_STEPS: u64 = 4;

/// The maximum downtime of a node that was killed at a step.
const MAX_DOWNTIME: Duration = Duration::from_millis(500);

/// Injects faults into one run.
#[derive(Clone)]
pub(super) struct Nemesis {
    context: Rc<Context>,
    cluster: Rc<Cluster>,
}

/// A task that performs actions one after the other. It fails if a killed node does not restart.
pub(super) type FaultTask = LocalFuture<'static, Result<(), NodeFailure>>;

impl Nemesis {
    /// Creates the nemesis of these nodes and their network.
    pub(super) fn new(context: &Rc<Context>, cluster: &Rc<Cluster>) -> Self {
        Self {
            context: Rc::clone(context),
            cluster: Rc::clone(cluster),
        }
    }

    /// Whether the options select this fault.
    fn has(&self, fault: Fault) -> bool {
        self.context.options.nemesis.contains(&fault)
    }

    /// Returns the mean time between two actions.
    fn interval(&self) -> Duration {
        self.context.options.nemesis_interval
    }

    /// Returns the tasks that inject drawn faults until `end`.
    pub(super) fn tasks(&self, end: Instant) -> Vec<FaultTask> {
        let options = &self.context.options;
        let mut tasks: Vec<FaultTask> = Vec::new();
        if self.has(Fault::Partition) {
            let random = options.random("partitions");
            tasks.push(Box::pin(self.clone().partitions(random, end)));
        }
        if PROCESS_FAULTS.into_iter().any(|fault| self.has(fault)) {
            let random = options.random("processes");
            tasks.push(Box::pin(self.clone().processes(random, end)));
        }
        tasks
    }

    /// Cuts and heals links until `end`.
    async fn partitions(self, mut random: Rng, end: Instant) -> Result<(), NodeFailure> {
        let options = &self.context.options;
        let interval = options
            .partition_interval
            .unwrap_or(options.nemesis_interval);
        let mut cut = false;
        while time::now() < end {
            self.perform(if cut {
                NemesisAction::Heal
            } else {
                Partition::draw(&self.cluster.ids, &mut random)
            })
            .await?;
            cut = !cut;
            self.sleep(gap(interval, &mut random), end).await;
        }
        Ok(())
    }

    /// Kills, restarts, pauses and resumes nodes until `end`. The first action is within 1.5 s, so
    /// that a short run has one, but not before nodes have handled requests.
    ///
    /// # Errors
    /// Returns an error if a killed node does not restart.
    async fn processes(self, mut random: Rng, end: Instant) -> Result<(), NodeFailure> {
        let faults: Vec<Fault> = PROCESS_FAULTS
            .into_iter()
            .filter(|fault| self.has(*fault))
            .collect();
        let mut injected = BTreeSet::new();
        let first = self.interval().as_secs_f64().min(1.0);
        self.sleep(first * (0.5 + random.f64()), end).await;
        while time::now() < end {
            let fault = faults[random.usize(..faults.len())];
            if fault == Fault::Kill && self.context.options.kill_at == KillAt::Step {
                self.kill_at_step(&mut random, end).await?;
                self.sleep(gap(self.interval(), &mut random), end).await;
                continue;
            }
            let injects = injected.insert(fault);
            let draw = |random: &mut Rng| Targets::draw(&self.cluster.ids, random);
            match (fault, injects) {
                (Fault::Kill, true) => {
                    let (targets, nodes) = draw(&mut random);
                    self.perform(NemesisAction::Kill { targets, nodes }).await?;
                }
                (Fault::Kill, false) => self.perform(NemesisAction::Start).await?,
                (_, true) => {
                    let (targets, nodes) = draw(&mut random);
                    self.perform(NemesisAction::Pause { targets, nodes })
                        .await?;
                }
                (_, false) => self.perform(NemesisAction::Resume).await?,
            }
            if !injects {
                injected.remove(&fault);
            }
            self.sleep(gap(self.interval(), &mut random), end).await;
        }
        Ok(())
    }

    /// Ends all faults, including the loss and delay of messages.
    ///
    /// # Errors
    /// Returns an error if a killed node does not restart.
    pub(super) async fn end_faults(&self) -> Result<(), NodeFailure> {
        self.context.network.stop_faults();
        if self.has(Fault::Pause) {
            self.perform(NemesisAction::Resume).await?;
        }
        if self.has(Fault::Kill) {
            self.perform(NemesisAction::Start).await?;
        }
        if self.has(Fault::Partition) {
            self.perform(NemesisAction::Heal).await?;
        }
        Ok(())
    }

    /// Sleeps for this many seconds, but not beyond `end`.
    async fn sleep(&self, seconds: f64, end: Instant) {
        // A gap that doesn't fit in a `Duration` is longer than any run.
        let gap = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
        time::sleep_until(end.min(time::now() + gap)).await;
    }

    /// Kills a node at some step and restarts it soon after. The restarted node may be killed once
    /// more.
    ///
    /// # Errors
    /// Returns an error if the node does not restart.
    async fn kill_at_step(&self, random: &mut Rng, end: Instant) -> Result<(), NodeFailure> {
        let id = &self.cluster.ids[random.usize(..self.cluster.ids.len())];
        if !self.cluster.runs(id) {
            // It is down, and remains so until the nemesis starts all nodes.
            return Ok(());
        }
        let node = || id.to_string();
        let most = KILL_STEPS[random.usize(..KILL_STEPS.len())];
        self.perform(NemesisAction::KillAtStep {
            node: node(),
            steps: random.u64(..most),
            timeout: self.interval().min(end.since(time::now())),
        })
        .await?;
        while !self.cluster.runs(id) && time::now() < end {
            let downtime = MAX_DOWNTIME.mul_f64(random.f64());
            let again = !random.bool();
            self.perform(NemesisAction::Restart {
                node: node(),
                downtime: downtime.min(end.since(time::now())),
                kill: again.then(|| (random.u64(..START_STEPS), MAX_DOWNTIME)),
            })
            .await?;
        }
        Ok(())
    }
}

/// Draws the seconds until the next action, for this mean interval.
fn gap(interval: Duration, random: &mut Rng) -> f64 {
    interval.as_secs_f64() * 2.0 * random.f64()
}
