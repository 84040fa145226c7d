//! A seed that fails, and what a person is told of it.

use std::collections::BTreeSet;

use crate::report;

use super::divergence::{self, Divergence};
use super::{Plan, Shrunk, Simulate, Simulated, inconclusive, shrink};
use crate::Exit;
use crate::options::flags::fault_flags;

/// What a reduced run is called.
pub(crate) const REDUCED: &str = "what it was reduced to";

/// What came of reducing a run.
pub(crate) type Reduced = Result<Shrunk, Irreducible>;

/// A run that was to be reduced, and did not fail when its script was played.
pub(crate) struct Irreducible;

/// What is known of a seed that fails.
pub(crate) struct Failure {
    pub(crate) seed: u64,
    pub(crate) exit: Exit,
    /// What was wrong, by name.
    anomalies: BTreeSet<String>,
    /// What happened, and what the checkers say.
    summary: String,
    /// Where a second run of the seed was another one.
    divergence: Option<Divergence>,
    /// If the run merely [did too little](Simulated::did_too_little), and can be replayed, why.
    inconclusive: Option<Vec<String>>,
    /// What made the run, if it was more than its seed.
    plan: Option<Plan>,
}

impl Failure {
    /// What is wrong with a run, if anything is: the run of a plan, or else of its seed. It is run
    /// again then, to see whether it can be replayed at all.
    pub(crate) fn of(
        simulation: &dyn Simulate,
        run: &Simulated,
        plan: Option<Plan>,
    ) -> Option<Self> {
        (!run.passed()).then(|| {
            let divergence = divergence::of(simulation, run, plan.as_ref());
            Self::new(run, divergence, plan)
        })
    }

    /// The same of the first seed of a sweep, which is run again in any case: what passes and is
    /// another run each time is wrong too.
    pub(crate) fn of_first(simulation: &dyn Simulate, run: &Simulated) -> Option<Self> {
        let divergence = divergence::of(simulation, run, None);
        let is_wrong = !run.passed() || divergence.is_some();
        is_wrong.then(|| Self::new(run, divergence, None))
    }

    fn new(run: &Simulated, divergence: Option<Divergence>, plan: Option<Plan>) -> Self {
        let inconclusive = match divergence {
            None => inconclusive::reasons(run),
            Some(_) => None,
        };
        let exit = match Exit::of_judged(&run.record, &run.results) {
            _ if inconclusive.is_some() => Exit::Unknown,
            // It passed, and diverges.
            Exit::Valid => Exit::Invalid,
            exit => exit,
        };
        Self {
            seed: run.seed,
            exit,
            inconclusive,
            anomalies: run.anomalies(),
            summary: report::summary(&run.record, &run.results),
            divergence,
            plan,
        }
    }

    /// Whether nothing is wrong but that the run can't be judged.
    pub(crate) fn is_inconclusive(&self) -> bool {
        self.inconclusive.is_some()
    }

    /// Whether two runs of the seed differ.
    pub(crate) fn diverges(&self) -> bool {
        self.divergence.is_some()
    }

    /// Reduces the run, if that is asked for, and it can be replayed and did enough to be wrong.
    pub(crate) fn shrink(&self, simulation: &dyn Simulate) -> Option<Reduced> {
        if self.divergence.is_some() || self.is_inconclusive() || !simulation.shrinks() {
            return None;
        }
        let plan = self.plan.clone().unwrap_or_else(|| {
            let options = simulation.options_of(self.seed);
            let script = simulation.run_test(options.clone(), false).record.script;
            Plan { options, script }
        });
        let shrunk = shrink::shrink(simulation, plan, self.anomalies.clone());
        Some(shrunk.ok_or(Irreducible))
    }

    /// What makes the run again, if it was more than its seed, and does.
    pub(crate) fn replayable_plan(&self) -> Option<&Plan> {
        self.plan.as_ref().filter(|_| self.divergence.is_none())
    }

    /// What the failure is counted as.
    pub(crate) fn kinds(&self) -> Vec<&str> {
        match self.divergence {
            Some(_) => vec!["diverging"],
            None => self.anomalies.iter().map(String::as_str).collect(),
        }
    }

    /// What failed and how to replay it, in a line.
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

    /// What failed, in a few words.
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

/// All that a person is told of a failing seed: what failed, why, how to replay it, and what it takes
/// to fail. Whoever tells of one, in a test or from the command line, tells this.
pub(crate) fn explain(
    simulation: &dyn Simulate,
    failure: &Failure,
    reduced: Option<&Reduced>,
) -> String {
    let what = match &failure.divergence {
        Some(divergence) => format!(": {divergence}"),
        None => format!("\n{}", failure.summary),
    };
    let mut text = format!("{}{what}\n", failure.headline());
    if simulation.is_swarm() {
        let flags = fault_flags(&simulation.options_of(failure.seed)).join(" ");
        text.push_str(&match flags.is_empty() {
            true => "the seed picked no faults\n".to_owned(),
            false => format!("the seed picked these faults: {flags}\n"),
        });
    }
    text.push_str(&failure.replay(simulation));
    match reduced {
        Some(Ok(shrunk)) => text.push_str(&format!("\n\n{shrunk}")),
        Some(Err(Irreducible)) => text.push_str(
            "\nit could not be reduced: what was done to the nodes was done again, and did not fail",
        ),
        None => {}
    }
    text
}
