//! Simulates many seeds.

use std::num::NonZeroUsize;
use std::time::Instant;

use mael_history::text::counted;

use super::arguments::Arguments;
use super::explanations::Explanations;
use super::stored::save;
use crate::Exit;
use crate::command::tally::{Outcome, Tally};
use crate::command::{Bar, bad, interrupt, paint, print_report};
use crate::output::print;
use crate::simulation::Simulate;
use crate::simulation::failure::MINIMAL_RUN;
use crate::simulation::sweep::Sweep;

/// Simulates many seeds, and reports their number and the failures.
pub(super) fn sweep_seeds(
    simulation: &dyn Simulate,
    arguments: &Arguments,
    first: u64,
    count: u64,
    explanations: Option<Explanations>,
) -> anyhow::Result<Exit> {
    let Some(last) = first.checked_add(count - 1) else {
        return Err(bad(
            "the last seed exceeds the maximum, 18446744073709551615",
        ));
    };
    let stop = interrupt::watch()?;
    let started = Instant::now();
    let bar = Bar::new(
        &arguments.name,
        "{pos}/{len} seeds, {msg} failed, {elapsed}, {eta} left",
        count,
    );
    let mut tally = Tally::default();
    let sweep = Sweep {
        seeds: first..=last,
        threads: arguments.threads.map(NonZeroUsize::get),
        stop: &stop,
    };
    sweep.run(
        |seed| Outcome::new(simulation, seed, seed == first, arguments.digest),
        |outcome| {
            tally.add(outcome);
            bar.inc(1);
            bar.set_message(tally.failed().to_string());
        },
    );
    drop(bar);
    tally.digests().for_each(|line| print(line));
    let interrupted = tally.seeds() < count;
    if interrupted {
        print(&format!("interrupted before all {count} seeds had run"));
    }
    print(&format!(
        "{} of {} in {:.1} s: {tally}{}",
        counted(tally.seeds(), "seed"),
        arguments.name,
        started.elapsed().as_secs_f64(),
        tally
            .replays()
            .map(|it| format!("; {it}"))
            .unwrap_or_default(),
    ));
    let reports = tally.failures(simulation, |plan| save(simulation, plan, MINIMAL_RUN))?;
    let anomalies = tally.anomalies();
    for text in reports {
        print_report(&paint(&text, &anomalies));
    }
    let explained = explanations.and_then(|it| it.first(anomalies.iter()));
    if let Some(line) = explained {
        print_report(&format!("\n{}", paint(&line, &anomalies)));
    }
    Ok(if interrupted {
        Exit::Failed
    } else {
        tally.exit()
    })
}
