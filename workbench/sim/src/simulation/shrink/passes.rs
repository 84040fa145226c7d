//! The passes of shrinking, each of which removes or simplifies one part of a run.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::Search;
use super::delta::minimize;
use crate::Options;
use crate::engine::{NemesisAction, Schedule, ScheduledAction};
use crate::options::Distribution;
use crate::options::Fault;

/// The time between two operations or actions that don't need a gap.
const SHORT: Duration = Duration::from_millis(1);

/// The maximum number of steps after which a kill is tried, and the number of first messages of a
/// link whose loss is tried: about the number that a request takes.
const SOON: u64 = 12;

/// How much later a simpler operation is tried. The parts that it lacks took time, without which it
/// may no longer meet another operation.
const LATER: [Duration; 4] = [
    Duration::ZERO,
    SHORT,
    Duration::from_millis(2),
    Duration::from_millis(4),
];

/// Changes that remove network faults.
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
    /// Removes network faults, first of single messages and then of all.
    pub(super) fn calm(&mut self) {
        minimize(self.best.schedule.links.clone(), |links| {
            self.attempt(|plan| plan.schedule.links = links.to_vec())
        });
        for calm in CALMER {
            self.attempt(|plan| calm(&mut plan.options));
        }
    }

    /// Removes actions of the nemesis, then some of their targets.
    pub(super) fn drop_actions(&mut self) {
        minimize(self.best.schedule.actions.clone(), |actions| {
            self.attempt(|plan| plan.schedule.actions = actions.to_vec())
        });
        for position in 0..self.best.schedule.actions.len() {
            minimize(
                self.best.schedule.actions[position].action.targets(),
                |targets| {
                    self.attempt(|plan| {
                        plan.schedule.actions[position]
                            .action
                            .retain_targets(targets);
                    })
                },
            );
        }
        self.attempt(|plan| plan.schedule.phase_crash = None);
        let needed = faults(&self.best.schedule);
        self.attempt(|plan| plan.options.nemesis.retain(|fault| needed.contains(fault)));
    }

    /// Removes operations, and ends the main phase after the last one.
    pub(super) fn drop_operations(&mut self) {
        minimize(self.best.schedule.operations.clone(), |operations| {
            self.attempt(|plan| plan.schedule.operations = operations.to_vec())
        });
        self.attempt(|plan| {
            let last = times(&plan.schedule).last().copied().unwrap_or_default();
            plan.schedule.length = plan.schedule.length.min(last + SHORT);
        });
    }

    /// Replaces operations by simpler ones, which may start later.
    pub(super) fn simplify_operations(&mut self) {
        let mut position = 0;
        while let Some(operation) = self.best.schedule.operations.get(position) {
            let simpler = self.workload.simpler(&operation.invocation).into_iter();
            let mut simpler = simpler.flat_map(|it| LATER.map(|later| (it.clone(), later)));
            let found = simpler.any(|(simpler, later)| {
                self.attempt(|plan| {
                    let operations = &mut plan.schedule.operations;
                    operations[position].invocation = simpler;
                    operations[position].time += later;
                    operations.sort_by_key(|operation| operation.time);
                })
            });
            position += usize::from(!found);
        }
    }

    /// Shortens the gaps between operations and actions.
    pub(super) fn close_gaps(&mut self) {
        let open = self.best.schedule.clone();
        let times = times(&open);
        let before = |position: usize| match position {
            0 => Duration::ZERO,
            _ => times[position - 1],
        };
        let long = (0..times.len())
            .filter(|position| times[*position] - before(*position) > SHORT)
            .collect();
        minimize(long, |wide: &[usize]| {
            let mut now = Duration::ZERO;
            let mut moved = BTreeMap::new();
            for (position, time) in times.iter().enumerate() {
                let gap = *time - before(position);
                now += if wide.contains(&position) {
                    gap
                } else {
                    gap.min(SHORT)
                };
                moved.insert(*time, now);
            }
            let mut schedule = open.clone();
            schedule.length = now + schedule.length.saturating_sub(before(times.len()));
            for operation in &mut schedule.operations {
                operation.time = moved[&operation.time];
            }
            for action in &mut schedule.actions {
                action.time = moved[&action.time];
            }
            self.attempt(|plan| plan.schedule = schedule)
        });
    }

    /// Moves faults of messages to the first messages of their link, so that earlier messages can
    /// be removed. A message is identified by the number of messages before it, so without one of
    /// those, the fault would affect another message.
    pub(super) fn advance_link_faults(&mut self) {
        for position in 0..self.best.schedule.links.len() {
            let late = self.best.schedule.links[position].number;
            (0..SOON.min(late))
                .any(|soon| self.attempt(|plan| plan.schedule.links[position].number = soon));
        }
    }

    /// Moves kills at steps to shortly after the start of an operation, so that everything before
    /// the operation can be removed.
    pub(super) fn advance_kills(&mut self) {
        for position in 0..self.best.schedule.actions.len() {
            let ScheduledAction { time, action } = &self.best.schedule.actions[position];
            let (before, NemesisAction::KillAtStep { steps: long, .. }) = (*time, action) else {
                continue;
            };
            let long = *long;
            let operations = self
                .best
                .schedule
                .operations
                .iter()
                .map(|operation| operation.time);
            let starts: BTreeSet<Duration> = operations.filter(|start| *start >= before).collect();
            let advanced = |(start, soon)| {
                self.attempt(|plan| {
                    let timed = &mut plan.schedule.actions[position];
                    timed.time = start;
                    if let NemesisAction::KillAtStep { steps, .. } = &mut timed.action {
                        *steps = soon;
                    }
                })
            };
            let soon = 0..SOON.min(long);
            let starts = starts.into_iter().rev();
            starts
                .flat_map(|start| soon.clone().map(move |soon| (start, soon)))
                .any(advanced);
        }
    }

    /// Shortens the recovery if this saves messages. This is the last pass, so the run also fails
    /// with the whole recovery, and a short one is not the cause.
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

/// Returns the times of operations and actions, in order.
fn times(schedule: &Schedule) -> Vec<Duration> {
    let operations = schedule.operations.iter().map(|operation| operation.time);
    let actions = schedule.actions.iter().map(|action| action.time);
    let times: BTreeSet<Duration> = operations.chain(actions).collect();
    times.into_iter().collect()
}

/// Returns the remaining faults.
fn faults(schedule: &Schedule) -> BTreeSet<Fault> {
    schedule
        .actions
        .iter()
        .map(|timed| timed.action.fault())
        .collect()
}

/// A target of an action: a node, or a node and another node whose messages don't reach it.
type Target = (String, Option<String>);

impl NemesisAction {
    fn targets(&self) -> Vec<Target> {
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
            Self::KillAtStep { node, .. } | Self::Restart { node, .. } => {
                vec![(node.clone(), None)]
            }
            Self::Heal | Self::Start | Self::Resume => Vec::new(),
        }
    }

    fn retain_targets(&mut self, targets: &[Target]) {
        match self {
            Self::Partition { unheard, .. } => {
                unheard.clear();
                for (node, other) in targets {
                    let others: &mut BTreeSet<String> = unheard.entry(node.clone()).or_default();
                    others.extend(other.clone());
                }
            }
            Self::Kill { nodes, .. } | Self::Pause { nodes, .. } => {
                *nodes = targets.iter().map(|(node, _)| node.clone()).collect();
            }
            // They have only one target, so only the whole action can be removed.
            Self::KillAtStep { .. } | Self::Restart { .. } => {}
            Self::Heal | Self::Start | Self::Resume => {}
        }
    }

    /// Removes a node from the targets.
    pub(super) fn forget(&mut self, node: &str) {
        let mut targets = self.targets();
        targets.retain(|(target, other)| target != node && other.as_deref() != Some(node));
        self.retain_targets(&targets);
    }
}
