//! Helpers for simulated runs that did not pass.

use mael::node::Handlers;
use mael_sim::simulation::{Simulated, Simulation};

/// Returns true if a run is inconclusive because too few operations succeeded. This excludes runs
/// in which a checker gave up, because checkers must reach a verdict on correct nodes.
pub fn is_inconclusive(run: &Simulated) -> bool {
    run.is_inconclusive() && !run.anomalies().contains("unknown")
}

/// Runs a failing seed again, so that the test panics with its report.
///
/// # Panics
/// Always panics.
pub fn panic_with_report<N: Handlers>(simulation: Simulation<N>, seed: u64) -> ! {
    simulation.seed(seed).check();
    panic!("seed {seed} failed in the first run but passed in the second");
}
