//! A failing seed, and its report.

use std::collections::BTreeSet;

use super::divergence::{self, Divergence};
use super::{ReplayPlan, Shrunk, Simulate, Simulated, shrink};
#[cfg(feature = "command")]
use crate::Exit;
use crate::options::flags::fault_flags;
use crate::report;

/// The name of a shrunk run in reports.
pub(crate) const MINIMAL_RUN: &str = "the minimal run";

/// The result of shrinking a run.
pub(crate) type Reduced = Result<Shrunk, Irreducible>;

/// The run can't be shrunk because it did not fail when its schedule was replayed.
pub(crate) struct Irreducible;

/// A failing seed.
pub(crate) struct Failure {
    pub(crate) seed: u64,
    /// The exit status of a command that runs this seed.
    #[cfg(feature = "command")]
    pub(crate) exit: Exit,
    /// The names of its anomalies.
    pub(crate) anomalies: BTreeSet<String>,
    /// The summary of the run, with the explanations of the checkers.
    summary: String,
    /// The first difference from a second run of the seed, if there is one.
    pub(crate) divergence: Option<Divergence>,
    /// The reasons why the run is [inconclusive](Simulated::is_inconclusive), if it is, and is
    /// deterministic.
    inconclusive: Option<Vec<String>>,
    /// The plan of the run, if it was not run from its seed alone.
    plan: Option<ReplayPlan>,
}

impl Failure {
    /// Returns the failure of a run, if it failed. `plan` is the plan that was run, if any. A
    /// failing run is repeated to check that it is deterministic.
    pub(crate) fn of(
        simulation: &dyn Simulate,
        run: &Simulated,
        plan: Option<ReplayPlan>,
    ) -> Option<Self> {
        (!run.passed()).then(|| {
            let divergence = divergence::of(simulation, run, plan.as_ref());
            Self::new(run, divergence, plan)
        })
    }

    /// Same as [`of`](Self::of) for the first seed of a sweep, which is repeated even if it passes.
    /// A run that is not deterministic fails.
    pub(crate) fn of_first(simulation: &dyn Simulate, run: &Simulated) -> Option<Self> {
        let divergence = divergence::of(simulation, run, None);
        let is_wrong = !run.passed() || divergence.is_some();
        is_wrong.then(|| Self::new(run, divergence, None))
    }

    fn new(run: &Simulated, divergence: Option<Divergence>, plan: Option<ReplayPlan>) -> Self {
        let inconclusive = match divergence {
            None => run.inconclusive_reasons(),
            Some(_) => None,
        };
        Self {
            seed: run.seed,
            #[cfg(feature = "command")]
            exit: match Exit::of_judged(&run.record, &run.results) {
                _ if inconclusive.is_some() => Exit::Unknown,
                // The run passed, but is not deterministic.
                Exit::Valid => Exit::Invalid,
                exit => exit,
            },
            inconclusive,
            anomalies: run.anomalies(),
            summary: report::summary(&run.record, &run.results),
            divergence,
            plan,
        }
    }

    /// Whether the run is only inconclusive.
    pub(crate) fn is_inconclusive(&self) -> bool {
        self.inconclusive.is_some()
    }

    /// Shrinks the run, unless shrinking is disabled or the run is inconclusive or not
    /// deterministic.
    pub(crate) fn shrink(&self, simulation: &dyn Simulate) -> Option<Reduced> {
        if self.divergence.is_some() || self.is_inconclusive() || !simulation.shrinks() {
            return None;
        }
        let plan = self.plan.clone().unwrap_or_else(|| {
            let options = simulation.options_of(self.seed);
            let schedule = simulation.run_test(options.clone(), false).record.schedule;
            ReplayPlan { options, schedule }
        });
        let shrunk = shrink::shrink(simulation, plan, self.anomalies.clone());
        Some(shrunk.ok_or(Irreducible))
    }

    /// Returns the plan of the run, if it was not run from its seed alone, and is deterministic.
    pub(crate) fn replayable_plan(&self) -> Option<&ReplayPlan> {
        self.plan.as_ref().filter(|_| self.divergence.is_none())
    }

    /// Describes the failure and the command that replays it in one line.
    pub(crate) fn line(&self, simulation: &dyn Simulate) -> String {
        format!("{}; {}", self.headline(), self.replay(simulation))
    }

    fn replay(&self, simulation: &dyn Simulate) -> String {
        let verb = match self.divergence {
            Some(_) => "run it again",
            None => "replay it",
        };
        format!("{verb} with {}", simulation.replay().of(self.seed))
    }

    /// Summarizes the failure.
    fn headline(&self) -> String {
        let Self {
            seed, anomalies, ..
        } = self;
        match (&self.divergence, &self.inconclusive) {
            (Some(_), _) => format!("seed {seed} diverges"),
            (_, Some(reasons)) => format!("seed {seed} is inconclusive: {}", reasons.join("; ")),
            _ => {
                let names: Vec<&str> = anomalies.iter().map(String::as_str).collect();
                format!("seed {seed} fails: {}", names.join(", "))
            }
        }
    }
}

/// Renders the report of a failing seed, in tests and on the command line: what failed, why, how to
/// replay it, and the shrunk run.
pub(crate) fn explain(
    simulation: &dyn Simulate,
    failure: &Failure,
    shrunk: Option<&Reduced>,
) -> String {
    let what = match &failure.divergence {
        Some(divergence) => format!(": {divergence}"),
        None => format!("\n{}", failure.summary),
    };
    let mut text = format!("{}{what}\n", failure.headline());
    if simulation.is_swarm() {
        let flags = fault_flags(&simulation.options_of(failure.seed)).join(" ");
        text.push_str(&if flags.is_empty() {
            "the seed chose no faults\n".to_owned()
        } else {
            format!("the seed chose these faults: {flags}\n")
        });
    }
    text.push_str(&failure.replay(simulation));
    match shrunk {
        Some(Ok(shrunk)) => text.push_str(&format!("\n\n{shrunk}")),
        Some(Err(Irreducible)) => text.push_str(
            "\nthe run can't be shrunk: replaying its operations and faults did not fail",
        ),
        None => {}
    }
    text
}
