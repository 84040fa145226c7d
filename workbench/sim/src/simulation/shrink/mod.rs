//! A failing run, reduced to what it takes to fail.
//!
//! A run is first written down as a [`Script`](crate::engine::Script), and parts of it are then left
//! out as long as what is left still shows the same anomaly. The final phase is never cut, and always
//! that of the workload: so every run that is tried is one that a right node must pass.

mod clients;
mod delta;
mod passes;

use std::collections::BTreeSet;
use std::fmt;
use std::rc::Rc;

use crate::report;

use super::{Plan, Simulate, Simulated, story};
use crate::Options;
use crate::workloads::Workload;

/// How many runs it may take to reduce one.
const RUNS: u32 = 2_000;

/// How many messages there may be in all of these together: a bound on the work, but not on the time,
/// which is never twice the same.
const MESSAGES: u64 = 4_000_000;

/// How many seeds each smaller run is tried with, when one alone makes nothing smaller any more:
/// where less is done, other things are drawn, and what takes some luck needs another seed.
const SEEDS: u64 = 10;

/// What may be wrong with any run that has few operations, and so is no target where there is a
/// better one.
const GENERAL: [&str; 3] = ["nothing-succeeded", "low-availability", "unknown"];

/// A failing run that has been reduced.
#[derive(Debug)]
pub struct Shrunk {
    /// What makes it.
    pub plan: Plan,
    /// What it was, with its journal.
    pub run: Simulated,
    /// How many runs it took to find it.
    pub tried: u32,
}

/// The run as a short story: operations, messages between servers and faults, one line each, and what
/// is wrong with it.
impl fmt::Display for Shrunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Options { nodes, seed, .. } = &self.plan.options;
        writeln!(
            f,
            "reduced in {} runs to this one, with seed {seed} and the nodes {}:",
            self.tried,
            nodes.join(", ")
        )?;
        f.write_str(&story::tell(&self.plan, &self.run))?;
        f.write_str(&report::summary(&self.run.record, &self.run.results))
    }
}

/// Reduces the run of a plan to what it takes to show one of `anomalies`. None if it shows none.
pub(super) fn shrink(
    simulation: &dyn Simulate,
    plan: Plan,
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

/// The smallest run that has been found, and what is tried next.
struct Search<'a> {
    simulation: &'a dyn Simulate,
    workload: Rc<dyn Workload>,
    best: Plan,
    /// Those that every run since the first has shown, of which each further one must show some.
    anomalies: BTreeSet<String>,
    /// How many seeds a smaller run is tried with.
    seeds: u64,
    tried: u32,
    /// How many messages all runs together have had.
    simulated: u64,
    /// How many the best one had.
    messages: u64,
}

impl Search<'_> {
    /// Tries all reductions again and again until none is any good.
    fn reduce(&mut self) {
        loop {
            let before = self.best.clone();
            self.calm();
            self.drop_acts();
            self.hasten_links();
            self.drop_operations();
            self.hasten_crashes();
            self.drop_nodes();
            self.drop_clients();
            self.simplify_operations();
            self.close_gaps();
            if self.best == before {
                return;
            }
        }
    }

    /// Tries the best run with a change. If the result fails, it is the best one.
    fn attempt(&mut self, change: impl FnOnce(&mut Plan)) -> bool {
        let mut plan = self.best.clone();
        change(&mut plan);
        if plan == self.best || self.workload.accepts(&plan.options).is_err() {
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

    /// Whether a run fails as the first one did. None does any more when enough have been tried.
    fn fails(&mut self, plan: &Plan) -> bool {
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
