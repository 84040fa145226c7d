//! Simulates a seed once for each point of a fault.

use std::cell::Cell;
use std::num::NonZeroUsize;

use mael_history::text::counted;

use super::arguments::Arguments;
use super::explanations::Explanations;
use super::stored::save;
use crate::Exit;
use crate::command::{Bar, interrupt, paint, print_report};
use crate::output::print;
use crate::simulation::exhaustive::Disruption;
use crate::simulation::{Simulate, exhaustive};

/// Simulates a seed once for each point of a fault, and reports the first point at which it fails.
pub(super) fn run_exhaustive(
    simulation: &dyn Simulate,
    arguments: &Arguments,
    seed: u64,
    disruption: Disruption,
    explanations: Option<Explanations>,
) -> anyhow::Result<Exit> {
    let name = &arguments.name;
    let stop = interrupt::watch()?;
    let bar = Bar::new(name, "{pos}/{len} points, {elapsed}, {eta} left", 0);
    let done = Cell::new(0);
    let on_run = |points| {
        bar.set_length(points);
        bar.inc(1);
        done.update(|done| done + 1);
    };
    let threads = arguments.threads.map(NonZeroUsize::get);
    let checked = exhaustive::run(simulation, seed, disruption, threads, &stop, &on_run);
    drop(bar);
    let done: u64 = done.get();
    let (text, exit) = match checked {
        Err(found) => {
            let failure = found.failure.as_ref();
            let anomalies = failure.map(|it| it.anomalies.clone()).unwrap_or_default();
            let print = |text: &str| print_report(&paint(text, &anomalies));
            print(&found.text(simulation));
            if let Some((plan, name)) = found.plan() {
                print(&save(simulation, plan, name)?);
            }
            if let Some(line) = explanations.and_then(|it| it.first(anomalies.iter())) {
                print(&line);
            }
            return Ok(found.failure.map_or(Exit::Unknown, |failure| failure.exit));
        }
        Ok(0) => {
            let what = match disruption {
                Disruption::Kill => "no node takes a step",
                Disruption::Drop => "there are no messages between servers",
            };
            (
                format!("no faults can be injected into {name}: {what}"),
                Exit::Unknown,
            )
        }
        Ok(points) if done < points => {
            let text = format!(
                "interrupted after {done} of {points} points\n{name} passes with a fault at each \
                 of these points",
            );
            (text, Exit::Failed)
        }
        Ok(points) => {
            let points = counted(points, "point");
            (
                format!("{name} passes with a fault at each of {points}"),
                Exit::Valid,
            )
        }
    };
    print(&text);
    Ok(exit)
}
