//! How suites treat a simulated run that did not pass.

use mael::node::Handlers;
use mael_sim::simulation::{Simulated, Simulation};

/// Returns true if a run is inconclusive because too few operations succeeded. A run in which a
/// checker gave up does not count: checkers must reach a verdict on correct nodes.
pub fn is_idle(run: &Simulated) -> bool {
    run.is_inconclusive() && !run.anomalies().contains("unknown")
}

/// Runs a seed that is known to fail again, so that the test panics with its report.
///
/// # Panics
/// Always.
pub fn panic_with_report<N: Handlers>(simulation: Simulation<N>, seed: u64) -> ! {
    simulation.seed(seed).check();
    panic!("seed {seed} failed in the first run but passed in the second");
}
