//! Simulations without the type of their nodes, for all that is done with them.

use std::rc::Rc;

use mael::node::Handlers;

use super::node::Bodies;
use super::replay::Replay;
use super::{Plan, Simulated, Simulation, divergence};
use crate::Options;
use crate::engine::{Broken, Script};
use crate::workloads::Workload;

/// Simulations of nodes of whatever type.
pub(crate) trait Simulate: Sync {
    /// The test that a seed stands for.
    fn options_of(&self, seed: u64) -> Options;

    /// Simulates one test, on this thread, and keeps the journal if asked to. What a script says
    /// takes the place of what would be drawn.
    fn simulate(&self, options: Options, script: Option<Script>, journal: bool) -> Simulated;

    /// Simulates one test, on this thread, and keeps the journal if asked to.
    fn run_test(&self, options: Options, journal: bool) -> Simulated {
        self.simulate(options, None, journal)
    }

    /// Does what a plan says, on this thread, and keeps the journal if asked to.
    fn play(&self, plan: &Plan, journal: bool) -> Simulated {
        let options = Options {
            time_limit: plan.script.length,
            ..plan.options.clone()
        };
        self.simulate(options, Some(plan.script.clone()), journal)
    }

    /// Whether runs that fail are reduced.
    fn shrinks(&self) -> bool;

    /// Whether each seed picks its faults.
    fn is_swarm(&self) -> bool;

    /// How a person has a seed run again.
    fn replay(&self) -> &Replay;

    /// What clients do.
    fn workload(&self) -> Rc<dyn Workload>;

    /// The name of the type of the nodes.
    fn node(&self) -> &'static str;
}

impl<N: Handlers> Simulate for Simulation<N> {
    fn options_of(&self, seed: u64) -> Options {
        Simulation::options_of(self, seed)
    }

    fn simulate(&self, options: Options, script: Option<Script>, journal: bool) -> Simulated {
        if !self.encoded {
            return self.simulate_with(Bodies::Typed, options, script, journal);
        }
        let typed = self.simulate_with(Bodies::Typed, options.clone(), script.clone(), true);
        let mut run = self.simulate_with(Bodies::Encoded, options, script, true);
        if let Some(divergence) = divergence::compare(&typed, &run) {
            run.record.broken = Some(Broken::Encoding(divergence.to_string()));
        }
        if !journal {
            run.journal = Vec::new();
        }
        run
    }

    fn shrinks(&self) -> bool {
        self.shrinks
    }

    fn is_swarm(&self) -> bool {
        self.swarm
    }

    fn replay(&self) -> &Replay {
        &self.replay
    }

    fn workload(&self) -> Rc<dyn Workload> {
        (self.workload)()
    }

    fn node(&self) -> &'static str {
        std::any::type_name::<N>()
    }
}
