//! Simulates one seed, or replays a plan.

use super::arguments::Arguments;
use super::explanations::Explanations;
use super::stored::{store, write_plan};
use crate::Exit;
use crate::command::tally::digest_line;
use crate::command::{bad, paint, print_report};
use crate::output::print;
use crate::report;
use crate::simulation::failure::{Failure, MINIMAL_RUN};
use crate::simulation::{ReplayPlan, Shrunk, Simulate, failure, trace};

/// Simulates one seed or replays a plan, stores the run and reports it.
pub(super) fn run_once(
    simulation: &dyn Simulate,
    arguments: &Arguments,
    seed: u64,
    plan: Option<ReplayPlan>,
    explanations: Option<Explanations>,
) -> anyhow::Result<Exit> {
    let (options, run) = match &plan {
        Some(plan) => {
            let workload = simulation.workload();
            let valid = plan.schedule.validate(&plan.options, &*workload);
            valid.map_err(bad)?;
            (plan.options.clone(), simulation.play(plan, true))
        }
        None => {
            let options = simulation.options_of(seed);
            let run = simulation.run_test(options.clone(), true);
            (options, run)
        }
    };
    let trace = plan.as_ref().map(|plan| trace::render(plan, &run));
    let failure = Failure::of(simulation, &run, plan);
    let store = store(simulation, &options, &run)?;
    if arguments.digest {
        print(&digest_line(&run));
    }
    let shrunk = failure.as_ref().and_then(|it| it.shrink(simulation));
    let replay = match &shrunk {
        Some(Ok(Shrunk { plan, .. })) => {
            let (line, replayed) = write_plan(&store, simulation, plan, MINIMAL_RUN)?;
            if !arguments.no_pictures {
                let name = simulation.workload().name();
                store.pictures().draw_trace(name, plan, &replayed)?;
            }
            format!("\n{line}")
        }
        _ => String::new(),
    };
    let drawn = if arguments.no_pictures {
        None
    } else {
        let judged = run.results.of_run(&run.record);
        let workload = simulation.workload().name();
        let pictures = store.pictures();
        Some(pictures.draw(workload, &options, &run.record, &judged)?)
    };
    let (exit, verdict) = match &failure {
        Some(failure) if failure.is_inconclusive() => (
            failure.exit,
            "Inconclusive: too few operations succeeded to check the run.".to_owned(),
        ),
        _ => (
            Exit::of_judged(&run.record, &run.results),
            report::verdict_line(&run.record, &run.results),
        ),
    };
    let anomalies = run.anomalies();
    let (report, explain) = match failure {
        Some(failure) => (
            failure::explain(simulation, &failure, shrunk.as_ref()) + &replay,
            explanations.and_then(|it| it.of(&run.results)),
        ),
        None => (report::summary(&run.record, &run.results), None),
    };
    let log = store.log(false)?;
    let place = store.place(drawn.as_deref());
    for text in [
        &*format!("seed {}, in virtual time", run.seed),
        trace.as_deref().unwrap_or_default().trim_end(),
        &report,
        explain.as_deref().unwrap_or_default(),
        &place,
        &verdict,
    ] {
        if !text.is_empty() {
            print_report(&paint(text, &anomalies));
            log.note(text);
        }
    }
    Ok(exit)
}
