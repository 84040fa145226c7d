//! Exhaustive tests, with one run for each step at which a node can be killed, or for each message
//! that can be dropped.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mael_history::net::Event;

use super::failure::{self, Failure, MINIMAL_RUN, Reduced};
use super::sweep::Sweep;
use super::{ReplayPlan, Simulate};
use crate::engine::{DeliveryFault, LinkFault, NemesisAction, Phase, PhaseCrash, ScheduledAction};
use crate::recorded::{Journaled, Line, between_servers};

/// The downtime of a killed node: long enough to miss messages, and short compared with the run.
const DOWNTIME: Duration = Duration::from_millis(10);

/// The fault that is injected once in each run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Disruption {
    /// A node is killed before one of its steps, and restarted soon after.
    Kill,
    /// A message between servers is lost.
    Drop,
}

/// The point at which the fault is injected.
#[derive(Clone, Debug)]
enum Point {
    Kill {
        node: String,
        phase: Phase,
        step: u64,
        of: u64,
    },
    Drop {
        src: String,
        dest: String,
        number: u64,
    },
}

/// Why an exhaustive test fails.
pub(crate) struct Finding {
    /// The failure of the first point whose run fails, or of the run without faults; None if no run
    /// with a fault could be checked.
    pub(crate) failure: Option<Failure>,
    /// The fault that was injected, if any.
    fault: String,
    shrunk: Option<Reduced>,
}

/// A run without faults, and the points at which a fault can be injected.
struct Points {
    plan: ReplayPlan,
    points: Vec<Point>,
    /// The maximum length of the main phase, which ends with the last of its operations.
    longest: Duration,
}

/// Runs a seed once without a nemesis, and then once for each of its points. `on_run` is called
/// after each run with the number of points. When `stop` is set, no further run starts. Returns the
/// number of points. An inconclusive run is not a failure here, because the fault may have affected
/// the only operation of its kind.
///
/// # Errors
/// Returns the report of the first point whose run fails, or of the run without faults if that
/// fails.
pub(crate) fn run(
    simulation: &dyn Simulate,
    seed: u64,
    disruption: Disruption,
    threads: Option<usize>,
    stop: &AtomicBool,
    on_run: &dyn Fn(u64),
) -> Result<u64, Box<Finding>> {
    let fault_free = Points::of(simulation, seed, disruption)?;
    let points = &fault_free.points;
    let Some(last) = points.len().checked_sub(1) else {
        return Ok(0);
    };
    let sweep = Sweep {
        seeds: 0..=last as u64,
        threads,
        stop,
    };
    let judged = AtomicBool::new(false);
    let mut runs = 0;
    let mut first: Option<(u64, Failure)> = None;
    sweep.run(
        |index| {
            let plan = fault_free.plan_of(&points[index as usize]);
            let failure = judge(simulation, plan);
            let is_judged = failure.as_ref().is_none_or(|it| !it.is_inconclusive());
            judged.fetch_or(is_judged, Ordering::Relaxed);
            wrong(failure).map(|failure| (index, failure))
        },
        |failed| {
            on_run(points.len() as u64);
            runs += 1;
            // Points start in order, so all runs before this one are already completed or running.
            stop.fetch_or(failed.is_some(), Ordering::Relaxed);
            let found = first.take().into_iter().chain(failed);
            first = found.min_by_key(|(index, _)| *index);
        },
    );
    match first {
        Some((index, failure)) => {
            let point = &points[index as usize];
            Err(Finding::new(simulation, failure, point.to_string()))
        }
        None if runs == points.len() && !judged.into_inner() => Err(Box::new(Finding {
            failure: None,
            fault: String::new(),
            shrunk: None,
        })),
        None => Ok(points.len() as u64),
    }
}

/// Runs a plan, and returns its failure, if any.
fn judge(simulation: &dyn Simulate, plan: ReplayPlan) -> Option<Failure> {
    let run = simulation.play(&plan, false);
    Failure::of(simulation, &run, Some(plan))
}

/// Returns the failure, unless the run is only inconclusive.
fn wrong(failure: Option<Failure>) -> Option<Failure> {
    failure.filter(|failure| !failure.is_inconclusive())
}

impl Finding {
    fn new(simulation: &dyn Simulate, failure: Failure, fault: String) -> Box<Self> {
        Box::new(Self {
            shrunk: failure.shrink(simulation),
            failure: Some(failure),
            fault,
        })
    }

    /// Returns the report.
    pub(crate) fn text(&self, simulation: &dyn Simulate) -> String {
        let Some(failure) = &self.failure else {
            return "inconclusive: no run with a fault could be checked".to_owned();
        };
        let text = failure::explain(simulation, failure, self.shrunk.as_ref());
        format!("when {}:\n{text}", self.fault)
    }

    /// Returns the plan of the failing run and its name in reports; None if the run is not
    /// deterministic.
    pub(crate) fn plan(&self) -> Option<(&ReplayPlan, &'static str)> {
        match &self.shrunk {
            Some(Ok(shrunk)) => Some((&shrunk.plan, MINIMAL_RUN)),
            _ => {
                let plan = self.failure.as_ref()?.replayable_plan()?;
                Some((plan, "this run alone"))
            }
        }
    }
}

impl Points {
    fn of(
        simulation: &dyn Simulate,
        seed: u64,
        disruption: Disruption,
    ) -> Result<Self, Box<Finding>> {
        let mut options = simulation.options_of(seed);
        options.nemesis.clear();
        let run = simulation.run_test(options.clone(), true);
        let plan = ReplayPlan {
            options,
            schedule: run.record.schedule.clone(),
        };
        if let Some(failure) = wrong(judge(simulation, plan.clone())) {
            let fault = "no fault is injected".to_owned();
            return Err(Finding::new(simulation, failure, fault));
        }
        let points = match disruption {
            Disruption::Kill => kills(&run.record.steps),
            Disruption::Drop => drops(&run.journal, run.record.main + run.record.schedule.length),
        };
        let longest = run.record.took.saturating_sub(run.record.main);
        Ok(Self {
            plan,
            points,
            longest,
        })
    }

    /// Returns the plan with the fault of a point.
    fn plan_of(&self, point: &Point) -> ReplayPlan {
        let ReplayPlan {
            mut options,
            mut schedule,
        } = self.plan.clone();
        match point.clone() {
            Point::Kill {
                node,
                phase: Phase::Main,
                step,
                ..
            } => {
                let kill = NemesisAction::KillAtStep {
                    node: node.clone(),
                    steps: step,
                    timeout: self.longest,
                };
                let restart = NemesisAction::Restart {
                    node,
                    downtime: DOWNTIME,
                    kill: None,
                };
                options.nemesis.insert(kill.fault());
                let time = Duration::ZERO;
                let actions = [kill, restart].map(|action| ScheduledAction { time, action });
                schedule.actions.extend(actions);
            }
            Point::Kill {
                node, phase, step, ..
            } => {
                schedule.phase_crash = Some(PhaseCrash {
                    node,
                    phase,
                    steps: step,
                    downtime: DOWNTIME,
                });
            }
            Point::Drop { src, dest, number } => schedule.links.push(LinkFault {
                src,
                dest,
                number,
                fault: DeliveryFault::Drop,
            }),
        }
        ReplayPlan { options, schedule }
    }
}

/// Returns each step of each node, from its start to the end of the run.
fn kills(steps: &BTreeMap<Phase, BTreeMap<String, u64>>) -> Vec<Point> {
    let each = |phase: Phase, node: &str, of: u64| {
        let node = node.to_owned();
        (0..of).map(move |step| Point::Kill {
            node: node.clone(),
            phase,
            step,
            of,
        })
    };
    let of_phase = |(phase, steps): (&Phase, &BTreeMap<String, u64>)| {
        let points = steps.iter().flat_map(|(node, of)| each(*phase, node, *of));
        points.collect::<Vec<Point>>()
    };
    steps.iter().flat_map(of_phase).collect()
}

/// Returns each message between servers up to the `end` of the main phase.
fn drops(journal: &[u8], end: Duration) -> Vec<Point> {
    let mut counts = BTreeMap::<(String, String), u64>::new();
    let mut points = Vec::new();
    let sent = between_servers(journal).filter(|line| line.r#type == Event::Send);
    for Line { time, message, .. } in sent {
        let Journaled { src, dest, .. } = message;
        let count = counts.entry((src.clone(), dest.clone())).or_default();
        let number = *count;
        *count += 1;
        if u128::from(time) < end.as_nanos() {
            points.push(Point::Drop { src, dest, number });
        }
    }
    points
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kill {
                node,
                phase,
                step,
                of,
            } => {
                let when = match phase {
                    Phase::Starting => " as it starts",
                    Phase::Main => "",
                    Phase::Recovery => " in the recovery",
                    Phase::Final => " in the final phase",
                };
                let step = step + 1;
                write!(f, "{node} is killed before step {step} of {of}{when}")
            }
            Self::Drop { src, dest, number } => {
                write!(f, "message {} from {src} to {dest} is lost", number + 1)
            }
        }
    }
}
