//! Exhaustive tests: one run for each point at which something can go wrong.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mael_history::net::Event;

use super::failure::{self, Failure, REDUCED};
use super::journaled::{Journaled, Line, between_servers};
use super::sweep::Sweep;
use super::{Plan, Simulate};
use crate::Exit;
use crate::engine::{Act, Fate, LinkFault, Outage, Phase, TimedAct};

/// How long a node is dead that has been killed: long enough to miss messages, and short enough that
/// most of the run is still to come.
const DEAD: Duration = Duration::from_millis(10);

/// What goes wrong once in each run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Breakage {
    /// A node is killed before one of its steps, and soon started again.
    Kill,
    /// A message between servers is lost.
    Drop,
}

/// Where something goes wrong.
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

/// What there is to say of a point whose run fails.
pub(crate) struct Found {
    pub(crate) exit: Exit,
    pub(crate) text: String,
    /// What fails; None if it is another run each time.
    pub(crate) plan: Option<Box<Plan>>,
    /// What that is called.
    pub(crate) name: &'static str,
}

/// A run in which nothing goes wrong, and the points at which something can.
struct Points {
    plan: Plan,
    points: Vec<Point>,
    /// How long the main phase goes on at most, which ends with the last of its operations.
    longest: Duration,
}

/// Runs a seed once without a nemesis, and then once for each of its points. `tell` is told of each
/// run how many there are, and when it has ended. `stop` can be set to begin no more. Gives how many
/// points there were. That too little succeeded is no failure here: the only operation of its kind may
/// be the one that was broken.
///
/// # Errors
/// What there is to say of the first point whose run fails, or of the run without any.
pub(crate) fn run(
    simulation: &dyn Simulate,
    seed: u64,
    breakage: Breakage,
    threads: Option<usize>,
    stop: &AtomicBool,
    tell: &dyn Fn(u64),
) -> Result<u64, Found> {
    let broken = Points::of(simulation, seed, breakage)?;
    let points = &broken.points;
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
        |turn| {
            let plan = broken.plan_of(&points[turn as usize]);
            let failure = judge(simulation, plan);
            let is_judged = failure.as_ref().is_none_or(|it| !it.is_inconclusive());
            judged.fetch_or(is_judged, Ordering::Relaxed);
            wrong(failure).map(|failure| (turn, failure))
        },
        |failed| {
            tell(points.len() as u64);
            runs += 1;
            // Points begin in their order, so that all before this one come to their end.
            stop.fetch_or(failed.is_some(), Ordering::Relaxed);
            let found = first.take().into_iter().chain(failed);
            first = found.min_by_key(|(turn, _)| *turn);
        },
    );
    match first {
        Some((turn, failure)) => {
            let point = &points[turn as usize];
            Err(Found::new(simulation, &failure, &point.to_string()))
        }
        None if runs == points.len() && !judged.into_inner() => {
            let text = "nothing can be said: the runs with something broken are all inconclusive";
            Err(Found {
                exit: Exit::Unknown,
                text: text.to_owned(),
                plan: None,
                name: REDUCED,
            })
        }
        None => Ok(points.len() as u64),
    }
}

/// Runs a plan, and says why it does not pass if it does not.
fn judge(simulation: &dyn Simulate, plan: Plan) -> Option<Failure> {
    let run = simulation.play(&plan, false);
    Failure::of(simulation, &run, Some(plan))
}

/// The same, but for runs that are inconclusive.
fn wrong(failure: Option<Failure>) -> Option<Failure> {
    failure.filter(|failure| !failure.is_inconclusive())
}

impl Found {
    /// Tells of a run that fails `when` something is so.
    fn new(simulation: &dyn Simulate, failure: &Failure, when: &str) -> Self {
        let reduced = failure.shrink(simulation);
        let text = failure::explain(simulation, failure, reduced.as_ref());
        let (plan, name) = match reduced {
            Some(Ok(shrunk)) => (Some(shrunk.plan), REDUCED),
            _ => (failure.replayable_plan().cloned(), "this run alone"),
        };
        Self {
            exit: failure.exit,
            text: format!("when {when}:\n{text}"),
            plan: plan.map(Box::new),
            name,
        }
    }
}

impl Points {
    fn of(simulation: &dyn Simulate, seed: u64, breakage: Breakage) -> Result<Self, Found> {
        let mut options = simulation.options_of(seed);
        options.nemesis.clear();
        let run = simulation.run_test(options.clone(), true);
        let plan = Plan {
            options,
            script: run.record.script.clone(),
        };
        if let Some(failure) = wrong(judge(simulation, plan.clone())) {
            return Err(Found::new(simulation, &failure, "nothing is broken"));
        }
        let points = match breakage {
            Breakage::Kill => kills(&run.record.steps),
            Breakage::Drop => drops(&run.journal, run.record.main + run.record.script.length),
        };
        let longest = run.record.took.saturating_sub(run.record.main);
        Ok(Self {
            plan,
            points,
            longest,
        })
    }

    /// The plan with the breakage of a point.
    fn plan_of(&self, point: &Point) -> Plan {
        let Plan {
            mut options,
            mut script,
        } = self.plan.clone();
        match point.clone() {
            Point::Kill {
                node,
                phase: Phase::Main,
                step,
                ..
            } => {
                let crash = Act::Crash {
                    node: node.clone(),
                    steps: step,
                    patience: self.longest,
                };
                let restart = Act::Restart {
                    node,
                    rest: DEAD,
                    crash: None,
                };
                options.nemesis.insert(crash.fault());
                let time = Duration::ZERO;
                let acts = [crash, restart].map(|act| TimedAct { time, act });
                script.acts.extend(acts);
            }
            Point::Kill {
                node, phase, step, ..
            } => {
                script.outage = Some(Outage {
                    node,
                    phase,
                    steps: step,
                    rest: DEAD,
                });
            }
            Point::Drop { src, dest, number } => script.links.push(LinkFault {
                src,
                dest,
                number,
                fate: Fate::Lost,
            }),
        }
        Plan { options, script }
    }
}

/// Each step of each node, from its start to the end of the run.
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

/// Each message between servers up to the `end` of the main phase.
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
