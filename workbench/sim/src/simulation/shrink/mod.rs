//! Shrinks a failing run to a minimal one with the same anomaly.
//!
//! The run is recorded as a [`Schedule`](crate::engine::Schedule), and parts of the schedule are
//! removed as long as the rest still shows the same anomaly. The final phase is always that of the
//! workload, so that a correct node would pass every run that is tried.

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

/// The maximum number of messages in all of these runs together. This limits the work rather than
/// the time, which differs between machines.
const MESSAGES: u64 = 4_000_000;

/// The number of seeds with which each smaller run is tried when one seed does not shrink it
/// further. A smaller run has other random draws, so a rare anomaly may need another seed.
const SEEDS: u64 = 10;

/// Anomalies that any run with few operations may have. Other anomalies are preferred as the
/// target.
const GENERAL: [&str; 3] = ["nothing-succeeded", "low-availability", "unknown"];

/// A failing run that was shrunk.
#[derive(Debug)]
pub struct Shrunk {
    /// The plan that replays it.
    pub plan: ReplayPlan,
    /// The run, with its journal.
    pub run: Simulated,
    /// The number of runs that were tried.
    pub tried: u32,
}

/// Formats the trace of the run, with one line for each operation, message between servers and
/// fault, and its anomalies.
impl fmt::Display for Shrunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Options { nodes, seed, .. } = &self.plan.options;
        writeln!(
            f,
            "minimal run after {} runs, with seed {seed} and nodes {}:",
            self.tried,
            nodes.join(", ")
        )?;
        f.write_str(&trace::render(&self.plan, &self.run))?;
        f.write_str(&report::summary(&self.run.record, &self.run.results))
    }
}

/// Shrinks the run of a plan as long as it shows one of `anomalies`. Returns `None` if it shows
/// none of them.
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
    /// The anomalies of all accepted runs so far. The next run must show at least one of them.
    anomalies: BTreeSet<String>,
    /// The number of seeds with which a smaller run is tried.
    seeds: u64,
    tried: u32,
    /// The number of messages in all runs.
    simulated: u64,
    /// The number of messages in the best run.
    messages: u64,
}

impl Search<'_> {
    /// Repeats all passes until none of them makes the run smaller.
    fn reduce(&mut self) {
        loop {
            let before = self.best.clone();
            self.calm();
            self.drop_actions();
            self.advance_link_faults();
            self.drop_operations();
            self.advance_kills();
            self.drop_nodes();
            self.drop_clients();
            self.simplify_operations();
            self.close_gaps();
            if self.best == before {
                return;
            }
        }
    }

    /// Tries the best run with a change. If this run fails, it becomes the best run.
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

    /// Whether a run fails like the first one. Always false when a limit is reached.
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
