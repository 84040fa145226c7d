//! What is left out of a run, or made simpler.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::Search;
use super::delta::minimize;
use crate::Options;
use crate::engine::{Act, Script, TimedAct};
use crate::options::Distribution;
use crate::options::Fault;

/// The time between two things that may follow each other at once.
const SHORT: Duration = Duration::from_millis(1);

/// Within how many steps a node may be made to crash, and among how many messages of a link one may
/// be made to be lost: about as many as a request takes.
const SOON: u64 = 12;

/// Ways to make the network calmer.
const CALMER: [fn(&mut Options); 8] = [
    |options| options.adversary.clear(),
    |options| options.clock_drift = 0.0,
    |options| options.loss = 0.0,
    |options| options.duplicate = 0.0,
    |options| options.reorder = 0.0,
    |options| options.latency = 0,
    |options| options.latency_dist = Distribution::Constant,
    |options| options.start_spread = options.start_spread.map(|_| 0),
];

impl Search<'_> {
    /// Calms the network: what befalls single messages, and all of them.
    pub(super) fn calm(&mut self) {
        minimize(self.best.script.links.clone(), |links| {
            self.attempt(|plan| plan.script.links = links.to_vec())
        });
        for calm in CALMER {
            self.attempt(|plan| calm(&mut plan.options));
        }
    }

    /// Leaves out what the nemesis does, then whom it does it to.
    pub(super) fn drop_acts(&mut self) {
        minimize(self.best.script.acts.clone(), |acts| {
            self.attempt(|plan| plan.script.acts = acts.to_vec())
        });
        for position in 0..self.best.script.acts.len() {
            minimize(self.best.script.acts[position].act.victims(), |victims| {
                self.attempt(|plan| plan.script.acts[position].act.spare_all_but(victims))
            });
        }
        self.attempt(|plan| plan.script.outage = None);
        let needed = faults(&self.best.script);
        self.attempt(|plan| plan.options.nemesis.retain(|fault| needed.contains(fault)));
    }

    /// Leaves out operations, and ends the main phase after the last one.
    pub(super) fn drop_operations(&mut self) {
        minimize(self.best.script.operations.clone(), |operations| {
            self.attempt(|plan| plan.script.operations = operations.to_vec())
        });
        self.attempt(|plan| {
            let last = times(&plan.script).last().copied().unwrap_or_default();
            plan.script.length = plan.script.length.min(last + SHORT);
        });
    }

    /// Replaces operations by simpler ones.
    pub(super) fn simplify_operations(&mut self) {
        let mut position = 0;
        while let Some(cue) = self.best.script.operations.get(position) {
            let simpler = self.workload.simpler(&cue.invocation);
            let found = simpler.into_iter().any(|simpler| {
                self.attempt(|plan| plan.script.operations[position].invocation = simpler)
            });
            position += usize::from(!found);
        }
    }

    /// Lets things follow each other at once that need no time between them.
    pub(super) fn close_gaps(&mut self) {
        let open = self.best.script.clone();
        let times = times(&open);
        let before = |position: usize| match position {
            0 => Duration::ZERO,
            _ => times[position - 1],
        };
        let long = (0..times.len())
            .filter(|position| times[*position] - before(*position) > SHORT)
            .collect();
        minimize(long, |kept: &[usize]| {
            let mut now = Duration::ZERO;
            let mut moved = BTreeMap::new();
            for (position, time) in times.iter().enumerate() {
                let gap = *time - before(position);
                now += if kept.contains(&position) {
                    gap
                } else {
                    gap.min(SHORT)
                };
                moved.insert(*time, now);
            }
            let mut script = open.clone();
            script.length = now + script.length.saturating_sub(before(times.len()));
            for cue in &mut script.operations {
                cue.time = moved[&cue.time];
            }
            for act in &mut script.acts {
                act.time = moved[&act.time];
            }
            self.attempt(|plan| plan.script = script)
        });
    }

    /// Has the first messages of a link lost or doubled rather than later ones, so that what is sent
    /// before can be left out: a message is told by how many went before it, and with one of those
    /// left out, another message would be lost.
    pub(super) fn hasten_links(&mut self) {
        for position in 0..self.best.script.links.len() {
            let late = self.best.script.links[position].number;
            (0..SOON.min(late))
                .any(|soon| self.attempt(|plan| plan.script.links[position].number = soon));
        }
    }

    /// Has nodes crash soon after an operation has begun rather than many steps after something
    /// else, so that what comes before the operation can be left out.
    pub(super) fn hasten_crashes(&mut self) {
        for position in 0..self.best.script.acts.len() {
            let TimedAct { time, act } = &self.best.script.acts[position];
            let (before, Act::Crash { steps: long, .. }) = (*time, act) else {
                continue;
            };
            let long = *long;
            let operations = self.best.script.operations.iter().map(|cue| cue.time);
            let starts: BTreeSet<Duration> = operations.filter(|start| *start >= before).collect();
            let hastened = |(start, soon)| {
                self.attempt(|plan| {
                    let timed = &mut plan.script.acts[position];
                    timed.time = start;
                    if let Act::Crash { steps, .. } = &mut timed.act {
                        *steps = soon;
                    }
                })
            };
            let soon = 0..SOON.min(long);
            let starts = starts.into_iter().rev();
            starts
                .flat_map(|start| soon.clone().map(move |soon| (start, soon)))
                .any(hastened);
        }
    }

    /// Rests no longer before the final operations than it takes, if that saves messages. Last of
    /// all: the run also fails with all of its recovery, and so for another reason than that it has
    /// too little.
    pub(super) fn shorten_recovery(&mut self) {
        let (whole, messages) = (self.best.clone(), self.messages);
        let recovery = whole.options.recovery;
        let shorter = [0, 1, 2, 4, 8, 16].map(|share| recovery * share / 32);
        let found = shorter
            .into_iter()
            .any(|shorter| self.attempt(|plan| plan.options.recovery = shorter));
        if found && self.messages >= messages {
            self.best = whole;
        }
    }
}

/// The times at which something begins, in order.
fn times(script: &Script) -> Vec<Duration> {
    let operations = script.operations.iter().map(|cue| cue.time);
    let acts = script.acts.iter().map(|act| act.time);
    let times: BTreeSet<Duration> = operations.chain(acts).collect();
    times.into_iter().collect()
}

/// The faults that are left.
fn faults(script: &Script) -> BTreeSet<Fault> {
    script.acts.iter().map(|timed| timed.act.fault()).collect()
}

/// Whom an act befalls: a node, or a node and whom it does not hear.
type Victim = (String, Option<String>);

impl Act {
    fn victims(&self) -> Vec<Victim> {
        match self {
            Self::Partition { unheard, .. } => unheard
                .iter()
                .flat_map(|(node, unheard)| {
                    unheard
                        .iter()
                        .map(|other| (node.clone(), Some(other.clone())))
                })
                .collect(),
            Self::Kill { nodes, .. } | Self::Pause { nodes, .. } => {
                nodes.iter().map(|node| (node.clone(), None)).collect()
            }
            Self::Crash { node, .. } | Self::Restart { node, .. } => vec![(node.clone(), None)],
            Self::Heal { .. } | Self::Start | Self::Resume => Vec::new(),
        }
    }

    fn spare_all_but(&mut self, victims: &[Victim]) {
        match self {
            Self::Partition { unheard, .. } => {
                unheard.clear();
                for (node, other) in victims {
                    let others: &mut BTreeSet<String> = unheard.entry(node.clone()).or_default();
                    others.extend(other.clone());
                }
            }
            Self::Kill { nodes, .. } | Self::Pause { nodes, .. } => {
                *nodes = victims.iter().map(|(node, _)| node.clone()).collect();
            }
            // Of one victim there is nothing to spare but the act itself.
            Self::Crash { .. } | Self::Restart { .. } => {}
            Self::Heal { .. } | Self::Start | Self::Resume => {}
        }
    }

    /// Leaves out a node that is no longer there.
    pub(super) fn forget(&mut self, node: &str) {
        let mut victims = self.victims();
        victims.retain(|(victim, other)| victim != node && other.as_deref() != Some(node));
        self.spare_all_but(&victims);
    }
}
