//! Runs one test: nodes, network and clients in this process, in virtual time.

use std::rc::Rc;

use mael::LogLevel;
use mael::executor::Scope;
use mael::node::Handlers;
use mael::time::Instant;

use super::clock::{Clock, VirtualTime};
use super::journal::Journal;
use super::node::{Bodies, InProcess};
use super::replay::Replay;
use super::{PROCESSING_DELAY, Simulate, Simulated, Simulation, divergence, watchdog};
use crate::engine::{Record, Run, RunConfig, RunError, Schedule};
use crate::judge;
use crate::options::Options;
use crate::workloads::Workload;

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

    fn replay(&self) -> &dyn Replay {
        &*self.replay
    }

    fn workload(&self) -> Rc<dyn Workload> {
        (self.workload)()
    }

    fn node(&self) -> &'static str {
        std::any::type_name::<N>()
    }
}

impl<N: Handlers> Simulation<N> {
    /// Simulates one test on this thread, with the operations and faults of a schedule if there is
    /// one. The result includes the journal if `journal` is set.
    fn simulate_with(
        &self,
        bodies: Bodies,
        options: Options,
        schedule: Option<Schedule>,
        journal: bool,
    ) -> Simulated {
        let options = Rc::new(options);
        let workload = (self.workload)();
        let time = Rc::new(VirtualTime::default());
        let _watched = watchdog::watch(options.seed, time.activity());
        let host = Rc::new(InProcess::<N>::new(
            &time,
            &options,
            self.node_host(journal),
            bodies,
        ));
        let writer = Rc::new(Journal::new(journal));
        let config = RunConfig {
            writer: Rc::clone(&writer) as _,
            processing_delay: Some(PROCESSING_DELAY),
            schedule,
            ..RunConfig::default()
        };
        let run = Run::new(
            Rc::clone(&options),
            Rc::clone(&workload),
            Rc::clone(&host) as _,
            config,
        );
        let (recorder, panics) = (run.recorder(), run.panics());
        let scope = Scope::new(Rc::new(Clock::new(&time, options.random("engine"))));
        let ended =
            time.block_on_beside(&*run.network(), scope.run(run.run(std::future::pending())));
        let record = ended.unwrap_or_else(|stuck| {
            let origin = recorder.origin().since(Instant::default());
            Record {
                origin,
                panics: panics.take().since(origin),
                schedule: Schedule {
                    length: options.time_limit,
                    ..recorder.take_schedule()
                },
                history: recorder.take(),
                error: Some(RunError::Stuck(stuck.to_string())),
                ..Record::default()
            }
        });
        let results = judge::check(&options, &*workload, &record.history, &record.net);
        let results = results.with_panics(&record.panics, !self.allows_panics);
        Simulated {
            seed: options.seed,
            record,
            results,
            journal: writer.take_lines(),
            logs: host.take_logs(),
            storage: host.take_storage(),
        }
    }

    /// Returns the environment of the nodes. They log less if the run is not fully recorded.
    pub(super) fn node_host(&self, recorded: bool) -> mael::Environment {
        let otherwise = || match recorded {
            // An invalid value has been rejected already.
            true => LogLevel::from_env().ok().flatten().unwrap_or_default(),
            false => LogLevel::Warn,
        };
        mael::Environment {
            args: self.args.clone(),
            log_level: self.log_level.unwrap_or_else(otherwise),
            ..mael::Environment::default()
        }
    }
}
