//! What suites make of a simulated run that did not pass.

use mael::node::Handlers;
use mael_sim::simulation::{Simulated, Simulation};

/// Whether a run did too little to be judged, and no checker gave up: one that does is no excuse
/// where nodes are right.
pub fn is_idle(run: &Simulated) -> bool {
    run.did_too_little() && !run.anomalies().contains("unknown")
}

/// Fails as a seed does that is known to fail, and so tells why.
///
/// # Panics
/// Always.
pub fn fail_again<N: Handlers>(simulation: Simulation<N>, seed: u64) -> ! {
    simulation.seed(seed).check();
    panic!("seed {seed} failed, and then did not");
}
