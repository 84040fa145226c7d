//! Tests in virtual time: nodes, network and clients in this process, and one seed for all of it.
//!
//! ```
//! use mael::prelude::*;
//! use mael_workbench::{simulate, workloads, Fault};
//! use mael_workbench::simulation::{ms, secs};
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

pub(crate) mod clock;
mod command;
mod life;
mod node;
mod speed;
mod swarm;
mod sweep;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, Write};
use std::marker::PhantomData;
use std::ops::{Range, RangeInclusive};
use std::rc::Rc;
use std::time::Duration;

use mael::node::Handlers;
use mael::runtime::Scope;

use clock::{Clock, VirtualTime};
use node::InProcess;

pub use command::Simulator;

use crate::checkers::{self, Results};
use crate::engine::adversary::Adversary;
use crate::engine::nemesis::Fault;
use crate::engine::{Record, Run, Wiring};
use crate::test::{Test, node_names};
use crate::workloads::{Topology, Workload};
use crate::{Validity, report};

/// How long the network takes to hand a message over, beside its latency: drawn for each delivery,
/// because no time at all would hide races.
pub const HANDLING: Range<Duration> = Duration::from_micros(10)..Duration::from_micros(500);

/// Seconds.
pub const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Milliseconds.
pub const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Prepares simulations of node `N` under a workload, with Maelstrom's defaults and seed 0.
pub fn simulate<N: Handlers>(
    workload: impl Workload + Clone + Send + Sync + 'static,
) -> Simulation<N> {
    let new_workload = move || Rc::new(workload.clone()) as Rc<dyn Workload>;
    Simulation::new(Box::new(new_workload))
}

/// Simulations that differ only in their seed.
pub struct Simulation<N> {
    test: Test,
    /// None for one client per node.
    concurrency: Option<usize>,
    seeds: RangeInclusive<u64>,
    swarm: bool,
    journal: bool,
    args: Vec<OsString>,
    log_level: mael::LogLevel,
    workload: Box<dyn Fn() -> Rc<dyn Workload> + Send + Sync>,
    node: PhantomData<fn() -> N>,
}

/// One simulated run, and what the checkers say of it.
#[derive(Debug)]
pub struct Simulated {
    /// The seed that replays it.
    pub seed: u64,
    /// What was run, with the faults that the seed picked.
    pub test: Test,
    /// What was recorded.
    pub record: Record,
    /// What the checkers say.
    pub results: Results,
    /// The journal of messages, one JSON object a line; empty unless it was asked for.
    pub journal: Vec<u8>,
    /// What the nodes wrote to their logs, by node.
    pub logs: BTreeMap<String, String>,
}

impl<N: Handlers> Simulation<N> {
    fn new(workload: Box<dyn Fn() -> Rc<dyn Workload> + Send + Sync>) -> Self {
        Self {
            test: Test::default(),
            concurrency: None,
            seeds: 0..=0,
            swarm: false,
            journal: false,
            args: Vec::new(),
            log_level: mael::LogLevel::default(),
            workload,
            node: PhantomData,
        }
    }

    /// Simulates this many nodes: `n0`, `n1`, and so on.
    #[must_use]
    pub fn nodes(mut self, count: usize) -> Self {
        self.test.nodes = node_names(count);
        self
    }

    /// How many clients work at the same time; one per node by default.
    #[must_use]
    pub fn concurrency(mut self, clients: usize) -> Self {
        self.concurrency = Some(clients);
        self
    }

    /// Operations per second, over all clients.
    #[must_use]
    pub fn rate(mut self, per_second: f64) -> Self {
        self.test.rate = per_second;
        self
    }

    /// The length of the main phase.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.test.time_limit = limit;
        self
    }

    /// The delay of messages between servers, in whole milliseconds.
    #[must_use]
    pub fn latency(mut self, latency: Duration) -> Self {
        self.test.latency.mean = latency.as_millis() as u64;
        self
    }

    /// The probability, from 0 to 1, that a message between servers is lost.
    #[must_use]
    pub fn loss(mut self, probability: f64) -> Self {
        self.test.loss = probability;
        self
    }

    /// The probability, from 0 to 1, that a message between servers is delivered twice.
    #[must_use]
    pub fn duplicate(mut self, probability: f64) -> Self {
        self.test.duplicate = probability;
        self
    }

    /// The probability, from 0 to 1, that a message between servers is overtaken by later ones.
    #[must_use]
    pub fn reorder(mut self, probability: f64) -> Self {
        self.test.reorder = probability;
        self
    }

    /// How messages between servers are delayed on purpose.
    #[must_use]
    pub fn adversary(mut self, ways: impl IntoIterator<Item = Adversary>) -> Self {
        self.test.adversary = ways.into_iter().collect();
        self
    }

    /// By how much the nodes' clocks run too fast or too slow at most, as a share of true time,
    /// from 0 to below 1; each start of a node draws its speed.
    #[must_use]
    pub fn clock_drift(mut self, share: f64) -> Self {
        self.test.clock_drift = share;
        self
    }

    /// Who neighbours whom, for broadcast.
    #[must_use]
    pub fn topology(mut self, topology: Topology) -> Self {
        self.test.options.topology = topology;
        self
    }

    /// What transactions must guarantee, by the names of consistency models.
    #[must_use]
    pub fn consistency_models<M: Into<String>>(
        mut self,
        models: impl IntoIterator<Item = M>,
    ) -> Self {
        self.test.options.consistency_models = models.into_iter().map(Into::into).collect();
        self
    }

    /// What is broken during the main phase.
    #[must_use]
    pub fn nemesis(mut self, faults: impl IntoIterator<Item = Fault>) -> Self {
        self.test.nemesis = faults.into_iter().collect();
        self
    }

    /// The mean time between two acts of the nemesis.
    #[must_use]
    pub fn nemesis_interval(mut self, interval: Duration) -> Self {
        self.test.nemesis_interval = interval;
        self
    }

    /// How long everything rests before the final operations; 10 s by default.
    #[must_use]
    pub fn recovery(mut self, rest: Duration) -> Self {
        self.test.recovery = rest;
        self
    }

    /// The share of operations that must succeed, from 0 to 1.
    #[must_use]
    pub fn availability(mut self, share: f64) -> Self {
        self.test.availability = Some(share);
        self
    }

    /// Simulates one run, with this seed.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seeds = seed..=seed;
        self
    }

    /// Simulates a run for each of these seeds.
    #[must_use]
    pub fn seeds(mut self, seeds: Range<u64>) -> Self {
        self.seeds = match seeds.end.checked_sub(1) {
            Some(last) => seeds.start..=last,
            #[expect(clippy::reversed_empty_ranges, reason = "no seed at all")]
            None => 1..=0,
        };
        self
    }

    /// The arguments of the node's program, for nodes with flags of their own.
    ///
    /// # Panics
    /// When the node refuses them; tells why.
    #[must_use]
    pub fn args<A: Into<OsString>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args = args.into_iter().map(Into::into).collect();
        let host = mael::Host {
            args: self.args.clone(),
            ..mael::Host::default()
        };
        if let Err(refusal) = N::prepare(&host) {
            panic!(
                "the node refuses its arguments: {}",
                refusal.text.trim_end()
            );
        }
        self
    }

    /// How much the nodes tell in their logs.
    #[must_use]
    pub fn log_level(mut self, level: mael::LogLevel) -> Self {
        self.log_level = level;
        self
    }

    /// Has each seed pick which faults there are, and how strong they are. Each is there in half of
    /// the runs: those of the nemesis and of an adversary that are named (if none is named:
    /// partitions, flaps and pauses, and all ways of an adversary), and loss, duplicates,
    /// reordering, drift and latency, each up to the value given, or else up to 0.1, 0.1, 0.3, 0.1
    /// and 100 ms, in any distribution. [`Simulated::test`] says what was picked.
    #[must_use]
    pub fn swarm(mut self) -> Self {
        self.swarm = true;
        self
    }

    /// Keeps the journal of messages.
    #[must_use]
    pub fn journal(mut self) -> Self {
        self.journal = true;
        self
    }

    /// Takes all options from `test`, and the number of clients too.
    fn test(mut self, test: Test) -> Self {
        self.concurrency = Some(test.concurrency);
        self.test = test;
        self
    }

    /// Runs the simulations, on all cores, and gives their results in the order of the seeds.
    pub fn run(&self) -> Vec<Simulated> {
        let mut runs = Vec::new();
        sweep::sweep(
            self.seeds.clone(),
            |seed| self.run_seed(seed),
            |run| runs.push(run),
        );
        runs.sort_by_key(|run| run.seed);
        runs
    }

    /// Runs the simulations.
    ///
    /// # Panics
    /// When one fails; tells the first seed that does, its anomalies, and how to replay it.
    pub fn check(&self) {
        let failed = self.run().into_iter().find(|run| !run.passed());
        if let Some(run) = failed {
            panic!(
                "seed {seed} fails:\n{summary}\nreplay it with `.seed({seed})` in place of the seeds",
                seed = run.seed,
                summary = report::summary(&run.record, &run.results),
            );
        }
    }

    /// The test that is run with this seed.
    fn test_of(&self, seed: u64) -> Test {
        let test = Test {
            seed,
            concurrency: self.concurrency.unwrap_or(self.test.nodes.len()),
            ..self.test.clone()
        };
        if self.swarm {
            swarm::pick(&test, seed)
        } else {
            test
        }
    }

    /// Runs the simulation of one seed, on this thread.
    ///
    /// # Panics
    /// When the workload can't be run with these options; tells why.
    pub fn run_seed(&self, seed: u64) -> Simulated {
        let test = Rc::new(self.test_of(seed));
        let workload = (self.workload)();
        if let Err(reason) = workload.accepts(&test) {
            panic!("{reason}");
        }
        let time = Rc::new(VirtualTime::default());
        let node_host = mael::Host {
            args: self.args.clone(),
            log_level: self.log_level,
            ..mael::Host::default()
        };
        let host = Rc::new(InProcess::<N>::new(&time, &test, node_host));
        let journal = Buffer::default();
        let wiring = Wiring {
            journal: self
                .journal
                .then(|| Box::new(journal.clone()) as Box<dyn Write>),
            handling: Some(HANDLING),
            ..Wiring::default()
        };
        let run = Run::new(
            Rc::clone(&test),
            Rc::clone(&workload),
            Rc::clone(&host) as _,
            wiring,
        );
        let scope = Scope::new(Rc::new(Clock::new(&time, test.random("engine"))));
        let record = time.block_on(scope.run(run.run(std::future::pending())));
        let results = checkers::check(&test, &*workload, &record.history, &record.net);
        Simulated {
            seed,
            test: Test::clone(&test),
            record,
            results,
            journal: journal.0.take(),
            logs: host.take_logs(),
        }
    }
}

impl Simulated {
    /// The history, one JSON object a line.
    fn history(&self) -> Vec<u8> {
        let mut lines = Vec::new();
        for operation in &self.record.history.0 {
            serde_json::to_writer(&mut lines, operation).expect("operations have a form in JSON");
            lines.push(b'\n');
        }
        lines
    }

    /// Whether the run came to its end, and nothing was wrong with it.
    pub fn passed(&self) -> bool {
        self.record.broken.is_none() && self.results.valid == Validity::True
    }
}

/// Bytes in memory that can be written to from elsewhere.
#[derive(Clone, Default)]
struct Buffer(Rc<RefCell<Vec<u8>>>);

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
