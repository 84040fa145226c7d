//! A seed that fails, and what a person is told of it.

use std::collections::BTreeSet;

use super::divergence::{self, Divergence};
use super::{Simulate, Simulated};
use crate::cli::{Exit, fault_flags};
use crate::report;

/// What is known of a seed that fails.
pub(super) struct Failure {
    pub(super) seed: u64,
    pub(super) exit: Exit,
    /// What was wrong, by name.
    anomalies: BTreeSet<String>,
    /// What happened, and what the checkers say.
    summary: String,
    /// Where a second run of the seed was another one.
    divergence: Option<Divergence>,
}

impl Failure {
    /// What is wrong with a run, if anything is. It is run again then, to see whether it can be
    /// replayed at all.
    pub(super) fn of(simulation: &dyn Simulate, run: &Simulated) -> Option<Self> {
        (!run.passed()).then(|| Self {
            seed: run.seed,
            exit: Exit::of(&run.record, &run.results),
            anomalies: run.anomalies(),
            summary: report::summary(&run.record, &run.results),
            divergence: divergence::of(simulation, run),
        })
    }

    /// What the failure is counted as.
    pub(super) fn kinds(&self) -> Vec<&str> {
        match self.divergence {
            Some(_) => vec!["diverging"],
            None => self.anomalies.iter().map(String::as_str).collect(),
        }
    }

    /// What failed and how to replay it, in a line.
    pub(super) fn line(&self, simulation: &dyn Simulate) -> String {
        format!("{}; {}", self.headline(), self.replay(simulation))
    }

    fn replay(&self, simulation: &dyn Simulate) -> String {
        let verb = match self.divergence {
            Some(_) => "run it again",
            None => "replay it",
        };
        format!("{verb} with {}", simulation.replay().of(self.seed))
    }

    /// What failed, in a few words.
    fn headline(&self) -> String {
        let Self {
            seed, anomalies, ..
        } = self;
        match self.divergence {
            Some(_) => format!("seed {seed} diverges"),
            None => {
                let names: Vec<&str> = anomalies.iter().map(String::as_str).collect();
                format!("seed {seed} fails: {}", names.join(", "))
            }
        }
    }
}

/// All that a person is told of a failing seed: what failed, why, and how to replay it. Whoever
/// tells of one, in a test or from the command line, tells this.
pub(super) fn explain(simulation: &dyn Simulate, failure: &Failure) -> String {
    let what = match &failure.divergence {
        Some(divergence) => format!(": {divergence}"),
        None => format!("\n{}", failure.summary),
    };
    let mut text = format!("{}{what}\n", failure.headline());
    if simulation.is_swarm() {
        let flags = fault_flags(&simulation.test_of(failure.seed)).join(" ");
        text.push_str(&format!("the seed picked these faults: {flags}\n"));
    }
    text + &failure.replay(simulation)
}
