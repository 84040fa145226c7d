//! Simulations as trait objects, without the type of their nodes.

use std::rc::Rc;

use super::replay::Replay;
use super::{ReplayPlan, Simulated};
use crate::Options;
use crate::engine::Schedule;
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
    fn replay(&self) -> &dyn Replay;

    /// Returns the workload of the clients.
    fn workload(&self) -> Rc<dyn Workload>;

    /// Returns the name of the type of the nodes.
    fn node(&self) -> &'static str;
}
