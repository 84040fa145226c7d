//! Tests in virtual time: nodes, network and clients run in this process, and one seed determines
//! the whole run.
//!
//! ```
//! use mael::prelude::*;
//! use mael_sim::{simulate, workloads, Fault};
//! use mael_sim::simulation::{ms, secs};
//!
//! #[node]
//! struct Echo;
//!
//! #[handlers]
//! impl Echo {
//!     #[handler(type = "echo", reply = "echo")]
//!     fn echo(&self, echo: String) -> String {
//!         echo
//!     }
//! }
//!
//! simulate::<Echo>(workloads::Echo)
//!     .nodes(3)
//!     .rate(10.0)
//!     .time_limit(secs(5))
//!     .latency(ms(20))
//!     .nemesis([Fault::Partition])
//!     .seeds(0..10)
//!     .check();
//! ```
//!
//! In a `#[test]`, call [`check`](Simulation::check). It panics with the first seed that fails, its
//! anomalies, and how to replay it. If the environment variable `MAEL_SEED` is set, the test only
//! runs that seed, as with [`seed`](Simulation::seed). If `MAEL_REPLAY` is set, it replays the
//! minimal run that a failing test has saved in this file. [`run`](Simulation::run) returns the
//! results of all seeds instead, and [`run_seed`](Simulation::run_seed) those of one. `Simulator`,
//! behind the feature `command`, is a command for the same, with the flags of `mael test`.
//!
//! # Minimal traces
//!
//! Failing runs are shrunk before they are reported: operations, faults, nodes and clients are
//! removed as long as the rest still shows the same anomaly. The result is a trace of a few lines,
//! one for each operation, message and fault. Each smaller run includes the final phase of the
//! workload, so that a correct node passes it. [`no_shrink`](Simulation::no_shrink) disables this.
//! A seed always shrinks to the same run: [`shrink`](Simulation::shrink) returns it as a
//! [`ReplayPlan`], [`ReplayPlan::from_json`] reads it from the file that a failing test has saved,
//! and [`run_plan`](Simulation::run_plan) replays it.
//!
//! [`exhaustive_kills`](Simulation::exhaustive_kills) and
//! [`exhaustive_drops`](Simulation::exhaustive_drops) are exhaustive: they kill each node at each
//! of its steps, or drop each message, with one such fault in each run.
//!
//! # One seed, one run
//!
//! The seed determines the time, random draws, the delays and losses of the network, the faults and
//! the operations of clients. Two runs of the same seed have the same messages at the same times,
//! in any process and with any other seeds running. This includes everything that a node does
//! through `mael`, but not its use of the system's clock, the order of a `HashMap`, a `static` or a
//! thread. Therefore, a failing seed is run twice, and if the second run differs, a [`Divergence`]
//! is reported: the first message that differs, and common causes.
//! [`divergence`](Simulation::divergence) checks a seed that passes.

mod activity;
mod builder;
pub(crate) mod clock;
mod clock_drift;
mod divergence;
pub(crate) mod exhaustive;
pub(crate) mod failure;
pub(crate) mod inconclusive;
mod journal;
mod kill_switch;
mod node;
mod node_log;
pub(crate) mod replay;
mod replay_plan;
mod repro_file;
mod run;
mod shrink;
mod simulated;
mod swarm;
pub(crate) mod sweep;
pub(crate) mod trace;
mod untyped;
pub(crate) mod watchdog;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::marker::PhantomData;
use std::ops::{Range, RangeInclusive};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mael::LogLevel;
use mael::node::Handlers;
use mael_history::text::counted;

use exhaustive::Disruption;
use failure::{Failure, MINIMAL_RUN};
use replay::Replay;
use sweep::Sweep;
pub(crate) use untyped::Simulate;

pub use divergence::{Divergence, Diverging};
pub use node_log::{LogLine, NodeLog};
pub use replay_plan::ReplayPlan;
pub use shrink::Shrunk;
pub use simulated::Simulated;

use crate::engine::starts;
use crate::options::{Concurrency, Options};
use crate::output::print_error;
use crate::workloads::Workload;

/// The range of the time that a delivery takes in addition to its latency. It is drawn for each
/// message, because processing in no time would hide races.
pub const PROCESSING_DELAY: Range<Duration> = Duration::from_micros(10)..Duration::from_micros(500);

/// Creates a duration of seconds.
pub const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Creates a duration of milliseconds.
pub const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Prepares simulations of node `N` under a workload, with Maelstrom's defaults and seed 0.
pub fn simulate<N: Handlers>(
    workload: impl Workload + Clone + Send + Sync + 'static,
) -> Simulation<N> {
    Simulation {
        options: Options::default(),
        seeds: 0..=0,
        swarm: false,
        shrinks: true,
        encoded: false,
        allows_panics: false,
        threads: None,
        journal: false,
        args: Vec::new(),
        log_level: None,
        workload: Box::new(move || Rc::new(workload.clone())),
        replay: Box::new(replay::Builder),
        node: PhantomData,
    }
}

/// A builder of simulations that differ only in their seed, created by [`simulate`]. Each flag of
/// `mael test` has a method or an option.
///
/// ```
/// use mael::prelude::*;
/// use mael_sim::simulation::{ms, secs};
/// use mael_sim::{Adversary, Fault, Topology, simulate, workloads};
///
/// #[node]
/// struct Register {
///     store: LinKv,
/// }
///
/// #[handlers]
/// impl Register {
///     #[handler(type = "read", reply = "value")]
///     async fn read(&self, key: u64) -> mael::Result<u64> {
///         let value = self.store.read(&key.to_string()).await?;
///         value.ok_or_else(|| mael::Error::new(ErrorCode::KeyDoesNotExist, "no such key"))
///     }
///
///     #[handler(type = "write")]
///     async fn write(&self, key: u64, value: u64) -> mael::Result<()> {
///         self.store.write(&key.to_string(), &value).await
///     }
///
///     #[handler(type = "cas")]
///     async fn cas(&self, key: u64, from: u64, to: u64) -> mael::Result<()> {
///         if self.store.cas(&key.to_string(), &from, &to).await? {
///             return Ok(());
///         }
///         Err(mael::Error::new(ErrorCode::PreconditionFailed, "another value"))
///     }
/// }
///
/// let register = simulate::<Register>(workloads::LinKv)
///     .nodes(3)                                           // --node-count 3
///     .clients_per_node(2)                                // --concurrency 2n
///     .rate(20.0)                                         // --rate 20
///     .time_limit(secs(5))                                // --time-limit 5
///     .start_spread(ms(100))                              // --start-spread 100
///     .latency(ms(10))                                    // --latency 10
///     .loss(0.01)                                         // --loss 0.01
///     .duplicate(0.01)                                    // --duplicate 0.01
///     .reorder(0.01)                                      // --reorder 0.01
///     .nemesis([Fault::Partition, Fault::Kill])           // --nemesis partition,kill
///     .nemesis_interval(secs(1))                          // --nemesis-interval 1
///     .recovery(secs(1))                                  // --recovery 1
///     .availability(0.2)                                  // --availability 0.2
///     .strict(false)                                      // --strict=false
///     .options(|options| {                                // and all the others:
///         options.adversary = [Adversary::SlowLink].into(); // --adversary slow-link
///         options.topology = Topology::Line;              // --topology line
///     });
/// register.seeds(0..5).check();
/// ```
pub struct Simulation<N> {
    pub(crate) options: Options,
    pub(crate) seeds: RangeInclusive<u64>,
    /// Whether each seed chooses its faults.
    pub(crate) swarm: bool,
    /// Whether failing runs are shrunk.
    pub(crate) shrinks: bool,
    /// Whether each run is compared with one in which all bodies are encoded as bytes.
    pub(crate) encoded: bool,
    /// Whether nodes may panic.
    pub(crate) allows_panics: bool,
    /// `None` for the number of cores.
    pub(crate) threads: Option<usize>,
    pub(crate) journal: bool,
    pub(crate) args: Vec<OsString>,
    /// `None` for the level of the environment, in runs that are fully recorded.
    pub(crate) log_level: Option<LogLevel>,
    pub(crate) workload: Box<dyn Fn() -> Rc<dyn Workload> + Send + Sync>,
    pub(crate) replay: Box<dyn Replay>,
    pub(crate) node: PhantomData<fn() -> N>,
}

impl<N: Handlers> Simulation<N> {
    /// Runs the simulations on all cores, and returns their results in the order of the seeds. For
    /// a large number of seeds, [`check`](Self::check) needs less memory.
    ///
    /// # Panics
    /// Panics if the workload can't run with these options, with the reason.
    #[track_caller]
    pub fn run(&self) -> Vec<Simulated> {
        self.assert_valid();
        let never = AtomicBool::new(false);
        let mut runs = Vec::new();
        self.sweep(&never).run(
            |seed| self.run_test(self.options_of(seed), self.journal),
            |run| runs.push(run),
        );
        runs.sort_by_key(|run| run.seed);
        runs
    }

    /// Runs the simulations on all cores, up to the first seed that fails. If the environment
    /// variable `MAEL_SEED` is set, it only runs that seed. If `MAEL_REPLAY` is set, it replays the
    /// [`ReplayPlan`] in that file instead. The result does not depend on the number of cores, and
    /// memory does not grow with the number of seeds.
    ///
    /// The first seed is run twice, even if it passes, and fails if the runs differ. Seeds that are
    /// [inconclusive](Simulated::is_inconclusive) neither pass nor fail. Their number is printed to
    /// stderr, with the reason of the first one.
    ///
    /// # Panics
    /// Panics if a seed fails, with the first such seed, its anomalies, its minimal trace, and how
    /// to replay it, or with the first difference if a second run of that seed differs. The minimal
    /// run is saved in `mael-replays/` in the folder that cargo builds into
    /// (`target/debug/mael-replays/`), for `MAEL_REPLAY`. Panics if more than half of the seeds are
    /// inconclusive, with their number and the reason of the first one. Panics if the workload
    /// can't run with these options, or the environment is invalid, with the reason.
    #[track_caller]
    pub fn check(&self) {
        self.assert_valid();
        if let Some(plan) = self.requested_plan() {
            return self.check_plan(plan, |_| true);
        }
        let stop = AtomicBool::new(false);
        let sweep = Sweep {
            seeds: self.requested_seeds(),
            ..self.sweep(&stop)
        };
        let mut first: Option<Failure> = None;
        let (mut inconclusive, mut example) = (0, None::<Failure>);
        sweep.run(
            |seed| {
                if seed == *sweep.seeds.start() {
                    Failure::of_first(self, &self.run_test(self.options_of(seed), true))
                } else {
                    let run = self.run_test(self.options_of(seed), self.journal);
                    Failure::of(self, &run, None)
                }
            },
            |failure| match failure {
                Some(failure) if failure.is_inconclusive() => {
                    inconclusive += 1;
                    let both = example.take().into_iter().chain([failure]);
                    example = both.min_by_key(|failure| failure.seed);
                }
                failure => {
                    // Seeds start in order, so all seeds before this one are already completed or
                    // running.
                    stop.fetch_or(failure.is_some(), Ordering::Relaxed);
                    let found = first.take().into_iter().chain(failure);
                    first = found.min_by_key(|failure| failure.seed);
                }
            },
        );
        if first.is_none()
            && let Some(example) = example
        {
            let seeds = sweep::count(&sweep.seeds);
            let text = format!(
                "{inconclusive} of {} are inconclusive; {}",
                counted(seeds, "seed"),
                example.line(self)
            );
            assert!(!inconclusive::are_too_many(inconclusive, seeds), "{text}");
            print_error(&text);
        }
        if let Some(failure) = first {
            let shrunk = failure.shrink(self);
            let text = failure::explain(self, &failure, shrunk.as_ref());
            match shrunk {
                Some(Ok(shrunk)) => {
                    panic!(
                        "{text}\n{}",
                        repro_file::save(self, &shrunk.plan, MINIMAL_RUN)
                    )
                }
                _ => panic!("{text}"),
            }
        }
    }

    /// Replays the plan of `MAEL_REPLAY`, and prints its trace. Panics if it fails, unless `counts`
    /// returns false.
    #[track_caller]
    fn check_plan(&self, plan: ReplayPlan, counts: impl Fn(&Failure) -> bool) {
        let run = self.run_plan(&plan);
        let failure = Failure::of(self, &run, Some(plan.clone()));
        let trace = trace::render(&plan, &run);
        match failure.filter(counts) {
            Some(failure) => panic!("{}\n\n{trace}", failure::explain(self, &failure, None)),
            // In a test, `--nocapture` shows this.
            None => eprintln!("{trace}"),
        }
    }

    /// Runs each seed without a nemesis, and then once for each step that each node takes from its
    /// start to the end of the run. The node is killed right before this step, and restarted and
    /// initialized 10 ms later. A step is a handled message, a polled task, a written record, or a
    /// sent message. Therefore, the node is killed at each of its awaits, and between any two
    /// effects that others could observe. Since each step is a run, the test should be small, with
    /// a short recovery. It is not a failure if no operation of some kind succeeds, because the
    /// kill may have affected the only one.
    ///
    /// Like [`check`](Self::check), this panics if a run fails. It returns the number of kills, one
    /// in each run. 0 means that there were no steps, so nothing was checked.
    ///
    /// A node that is killed before its setup, such as its first `topology`, is set up again. After
    /// a kill in the recovery or the final phase, the whole recovery and all final operations
    /// follow. Therefore, a correct node has the same time to catch up as after any other fault.
    ///
    /// If `MAEL_REPLAY` is set, only the plan in this file is replayed, and 1 is returned.
    ///
    /// # Panics
    /// Panics if a run fails, with the first step at which one does, and the report of
    /// [`check`](Self::check). The repro file replays only the kill at this step.
    #[track_caller]
    pub fn exhaustive_kills(&self) -> u64 {
        self.run_exhaustive(Disruption::Kill)
    }

    /// Same as [`exhaustive_kills`](Self::exhaustive_kills), but drops each message between servers
    /// that is sent up to the end of the main phase, one in each run. Returns the number of drops.
    ///
    /// # Panics
    /// Same as [`exhaustive_kills`](Self::exhaustive_kills).
    #[track_caller]
    pub fn exhaustive_drops(&self) -> u64 {
        self.run_exhaustive(Disruption::Drop)
    }

    #[track_caller]
    fn run_exhaustive(&self, disruption: Disruption) -> u64 {
        self.assert_valid();
        if let Some(plan) = self.requested_plan() {
            self.check_plan(plan, |failure| !failure.is_inconclusive());
            return 1;
        }
        let mut points = 0;
        let stop = AtomicBool::new(false);
        for seed in self.requested_seeds() {
            match exhaustive::run(self, seed, disruption, self.threads, &stop, &|_| {}) {
                Ok(count) => points += count,
                Err(found) => match found.plan() {
                    Some((plan, name)) => panic!(
                        "{}\n{}",
                        found.text(self),
                        repro_file::save(self, plan, name)
                    ),
                    None => panic!("{}", found.text(self)),
                },
            }
        }
        points
    }

    /// Simulates one seed on this thread.
    ///
    /// # Panics
    /// Panics if the workload can't run with these options, with the reason.
    #[track_caller]
    pub fn run_seed(&self, seed: u64) -> Simulated {
        self.assert_valid();
        self.run_test(self.options_of(seed), self.journal)
    }

    /// Replays a plan on this thread. The result includes the journal.
    ///
    /// # Panics
    /// Panics if the workload can't run with these options, or the schedule can't be replayed with
    /// them. The message contains the reason.
    #[track_caller]
    pub fn run_plan(&self, plan: &ReplayPlan) -> Simulated {
        let workload = (self.workload)();
        let valid = workload.validate(&plan.options);
        let playable = valid.and_then(|()| plan.schedule.validate(&plan.options, &*workload));
        if let Err(reason) = playable {
            panic!("{reason}");
        }
        self.play(plan, true)
    }

    /// Shrinks a failing run to a minimal one with one of these anomalies: those of
    /// [`Simulated::anomalies`], or some of them. Returns `None` if the run does not show any of
    /// them when it is repeated.
    pub fn shrink(&self, run: &Simulated, anomalies: BTreeSet<String>) -> Option<Shrunk> {
        let plan = ReplayPlan {
            options: self.options_of(run.seed),
            schedule: run.record.schedule.clone(),
        };
        shrink::shrink(self, plan, anomalies)
    }

    /// Runs a seed twice on this thread, and returns the first difference between the runs. There
    /// is none if the seed determines everything that the nodes do.
    ///
    /// # Panics
    /// Panics if the workload can't run with these options, with the reason.
    #[track_caller]
    pub fn divergence(&self, seed: u64) -> Option<Divergence> {
        self.assert_valid();
        divergence::of(self, &self.run_test(self.options_of(seed), true), None)
    }

    /// Returns the options of a seed.
    pub fn options_of(&self, seed: u64) -> Options {
        let options = Options {
            seed,
            concurrency: Concurrency::Clients(self.options.clients()),
            ..self.options.clone()
        };
        if self.swarm {
            return swarm::pick(&options);
        }
        Options {
            start_spread: options.start_spread.or_else(|| starts::drawn(&options)),
            ..options
        }
    }

    fn sweep<'a>(&self, stop: &'a AtomicBool) -> Sweep<'a> {
        Sweep {
            seeds: self.seeds.clone(),
            threads: self.threads,
            stop,
        }
    }

    /// Returns the seeds, or the one that the environment sets.
    #[track_caller]
    fn requested_seeds(&self) -> RangeInclusive<u64> {
        match replay::seed_from_environment() {
            Ok(Some(seed)) => seed..=seed,
            Ok(None) => self.seeds.clone(),
            Err(reason) => panic!("{reason}"),
        }
    }

    /// Returns the plan that the environment sets, which is run instead of seeds.
    #[track_caller]
    fn requested_plan(&self) -> Option<ReplayPlan> {
        replay::plan_from_environment().unwrap_or_else(|reason| panic!("{reason}"))
    }

    #[track_caller]
    fn assert_valid(&self) {
        if let Err(reason) = LogLevel::from_env() {
            panic!("{reason}");
        }
        let any_seed = self.options_of(*self.seeds.start());
        if let Err(reason) = (self.workload)().validate(&any_seed) {
            panic!("{reason}");
        }
    }
}
