//! Shrinks a failing run to a minimal one that shows the same anomaly.
//!
//! The run is recorded as a [`Schedule`](crate::engine::Schedule), and parts of that are removed as
//! long as the rest still shows the same anomaly. The final phase is always that of the workload,
//! so that a correct node passes every run that is tried.

mod clients;
mod delta;
mod passes;

use std::collections::BTreeSet;
use std::fmt;
use std::rc::Rc;

use crate::report;

use super::{ReplayPlan, Simulate, Simulated, trace};
use crate::Options;
use crate::workloads::Workload;

/// The maximum number of runs to shrink one.
const RUNS: u32 = 2_000;

/// The maximum number of messages in all of these runs together: a bound on the work rather than on
/// the time, which differs between machines.
const MESSAGES: u64 = 4_000_000;

/// With how many seeds each smaller run is tried when one alone does not shrink it further: a
/// smaller run has other random draws, so that a rare anomaly may need another seed.
const SEEDS: u64 = 10;

/// Anomalies that any run with few operations may have, so that others are preferred as the target.
const GENERAL: [&str; 3] = ["nothing-succeeded", "low-availability", "unknown"];

/// A failing run that was shrunk.
#[derive(Debug)]
pub struct Shrunk {
    /// The plan that replays it.
    pub plan: ReplayPlan,
    /// The run, with its journal.
    pub run: Simulated,
    /// How many runs were tried.
    pub tried: u32,
}

/// The trace of the run: operations, messages between servers and faults, one line each, and its
/// anomalies.
impl fmt::Display for Shrunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Options { nodes, seed, .. } = &self.plan.options;
        writeln!(
            f,
            "shrunk in {} runs to this one, with seed {seed} and the nodes {}:",
            self.tried,
            nodes.join(", ")
        )?;
        f.write_str(&trace::render(&self.plan, &self.run))?;
        f.write_str(&report::summary(&self.run.record, &self.run.results))
    }
}

/// Shrinks the run of a plan as long as it shows one of `anomalies`. None if it shows none.
pub(super) fn shrink(
    simulation: &dyn Simulate,
    plan: ReplayPlan,
    anomalies: BTreeSet<String>,
) -> Option<Shrunk> {
    let (general, own): (BTreeSet<_>, BTreeSet<_>) = anomalies
        .into_iter()
        .partition(|name| GENERAL.contains(&name.as_str()));
    let mut search = Search {
        simulation,
        workload: simulation.workload(),
        best: plan.clone(),
        anomalies: if own.is_empty() { general } else { own },
        seeds: 1,
        tried: 0,
        simulated: 0,
        messages: 0,
    };
    if !search.fails(&plan) {
        return None;
    }
    for seeds in [1, SEEDS] {
        search.seeds = seeds;
        search.reduce();
    }
    search.shorten_recovery();
    let run = simulation.play(&search.best, true);
    Some(Shrunk {
        plan: search.best,
        run,
        tried: search.tried,
    })
}

/// The search for a smaller run.
struct Search<'a> {
    simulation: &'a dyn Simulate,
    workload: Rc<dyn Workload>,
    best: ReplayPlan,
    /// The anomalies of all accepted runs so far, of which the next must show some.
    anomalies: BTreeSet<String>,
    /// With how many seeds a smaller run is tried.
    seeds: u64,
    tried: u32,
    /// The number of messages of all runs.
    simulated: u64,
    /// The number of messages of the best run.
    messages: u64,
}

impl Search<'_> {
    /// Repeats all passes until none makes the run smaller.
    fn reduce(&mut self) {
        loop {
            let before = self.best.clone();
            self.calm();
            self.drop_actions();
            self.hasten_links();
            self.drop_operations();
            self.hasten_kills();
            self.drop_nodes();
            self.drop_clients();
            self.simplify_operations();
            self.close_gaps();
            if self.best == before {
                return;
            }
        }
    }

    /// Tries the best run with a change. If it fails, it becomes the best run.
    fn attempt(&mut self, change: impl FnOnce(&mut ReplayPlan)) -> bool {
        let mut plan = self.best.clone();
        change(&mut plan);
        if plan == self.best || self.workload.validate(&plan.options).is_err() {
            return false;
        }
        let seed = plan.options.seed;
        for offset in 0..self.seeds {
            plan.options.seed = seed.wrapping_add(offset);
            if self.fails(&plan) {
                self.best = plan;
                return true;
            }
        }
        false
    }

    /// Whether a run fails as the first one did. Always false when the limits are reached.
    fn fails(&mut self, plan: &ReplayPlan) -> bool {
        if self.tried == RUNS || self.simulated > MESSAGES {
            return false;
        }
        let run = self.simulation.play(plan, false);
        self.tried += 1;
        let messages = run.record.net.all().send;
        self.simulated += messages;
        let found = run.anomalies();
        let common: BTreeSet<String> = self.anomalies.intersection(&found).cloned().collect();
        let fails = !common.is_empty();
        if fails {
            self.anomalies = common;
            self.messages = messages;
        }
        fails
    }
}
