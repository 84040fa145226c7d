//! Simulations as trait objects, without the type of their nodes.

use std::rc::Rc;

use mael::node::Handlers;

use super::node::Bodies;
use super::replay::Replay;
use super::{ReplayPlan, Simulated, Simulation, divergence};
use crate::Options;
use crate::engine::{RunError, Schedule};
use crate::workloads::Workload;

/// A simulation of nodes of any type.
pub(crate) trait Simulate: Sync {
    /// Returns the options of a seed.
    fn options_of(&self, seed: u64) -> Options;

    /// Simulates one test on this thread. The result includes the journal if `journal` is set. The
    /// operations and faults of the schedule, if any, replace drawn ones.
    fn simulate(&self, options: Options, schedule: Option<Schedule>, journal: bool) -> Simulated;

    /// Simulates one test on this thread. The result includes the journal if `journal` is set.
    fn run_test(&self, options: Options, journal: bool) -> Simulated {
        self.simulate(options, None, journal)
    }

    /// Replays a plan on this thread. The result includes the journal if `journal` is set.
    fn play(&self, plan: &ReplayPlan, journal: bool) -> Simulated {
        let options = Options {
            time_limit: plan.schedule.length,
            ..plan.options.clone()
        };
        self.simulate(options, Some(plan.schedule.clone()), journal)
    }

    /// Whether failing runs are shrunk.
    fn shrinks(&self) -> bool;

    /// Whether each seed chooses its faults.
    fn is_swarm(&self) -> bool;

    /// Returns how to replay a seed or a plan.
    fn replay(&self) -> &Replay;

    /// Returns the workload of the clients.
    fn workload(&self) -> Rc<dyn Workload>;

    /// Returns the name of the type of the nodes.
    fn node(&self) -> &'static str;
}

impl<N: Handlers> Simulate for Simulation<N> {
    fn options_of(&self, seed: u64) -> Options {
        Simulation::options_of(self, seed)
    }

    fn simulate(&self, options: Options, schedule: Option<Schedule>, journal: bool) -> Simulated {
        if !self.encoded {
            return self.simulate_with(Bodies::Typed, options, schedule, journal);
        }
        let typed = self.simulate_with(Bodies::Typed, options.clone(), schedule.clone(), true);
        let mut run = self.simulate_with(Bodies::Encoded, options, schedule, true);
        if let Some(divergence) = divergence::compare(&typed, &run) {
            run.record.error = Some(RunError::Encoding(divergence.to_string()));
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
