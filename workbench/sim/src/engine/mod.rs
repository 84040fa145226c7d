//! One run of a test: network, clients, faults and nodes, from the first `init` to the last reply.
//!
//! Written once for both clocks, against [`mael::executor::Runtime`] and [`Host`]: with real time
//! and processes it is `mael test`, with virtual time and nodes in this process a simulation.

mod acts;
pub mod adversary;
mod cluster;
mod connection;
mod entry;
mod fates;
mod fit;
mod generator;
mod hint;
mod host;
mod inbox;
mod interpreter;
mod journal;
pub mod nemesis;
mod network;
mod outage;
mod panics;
mod playback;
mod random;
mod recorder;
mod rpc;
pub(crate) mod schedule;
mod script;
mod services;
mod set_up;
pub(crate) mod starts;
mod writer;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::ops::Range;
use std::rc::Rc;

use mael::NodeId;
use mael::executor::spawn;
use mael::time::{self, Duration};
use tokio::sync::{mpsc, oneshot};

use cluster::Cluster;
use host::Outputs;
use interpreter::{Interpreter, Pace};
use journal::Journal;
use mael_history::NetStats;
use nemesis::Nemesis;
use outage::Outages;
use playback::Playback;
use starts::Starts;

pub use cluster::InitRequest;
pub use connection::{Connection, RPC_TIMEOUT, RpcError, Unawaited};
pub use entry::Entry;
pub use generator::{Generator, Invocation, Next, endless, once_per_thread};
pub(crate) use hint::is_unanswered;
pub use hint::{Hint, Hints, Seen};
pub use host::{Host, LAST_LINES, Node, NodeFailure, Output};
pub use network::{Endpoint, Grudge, Network};
pub use panics::{NodePanic, PanicGroup, Panics};
pub use recorder::Recorder;
pub use recorder::{Phase, Progress};
pub use rpc::{BodyDescription, Described, Rpc, RpcDescription};
pub use script::{Act, Cue, Fate, LinkFault, Outage, Script, TimedAct};
pub use services::Unserved;
pub use writer::{Nowhere, Writer};

use mael_history::History;

use crate::Options;
use crate::judge::Results;
use crate::workloads::Workload;

/// What a run needs besides the test and its nodes.
pub struct Wiring {
    /// How long each delivery takes at least and at most, in simulation.
    pub handling: Option<Range<Duration>>,
    /// Where the run is written as it happens.
    pub writer: Rc<dyn Writer>,
    /// Whether nodes are not killed at the end.
    pub leave_nodes: bool,
    /// What is done in the main phase, in place of what would be drawn.
    pub script: Option<Script>,
}

impl Default for Wiring {
    fn default() -> Self {
        Self {
            handling: None,
            writer: Rc::new(Nowhere),
            leave_nodes: false,
            script: None,
        }
    }
}

/// What was recorded of a run.
#[derive(Debug, Default)]
pub struct Record {
    /// The operations.
    pub history: History,
    /// When the times of operations count from, since the run began: when all nodes were
    /// initialised, or the very begin if one was to die before.
    pub origin: Duration,
    /// When the main phase began, since the run began.
    pub main: Duration,
    /// What was done to the nodes.
    pub script: Script,
    /// How many steps each node took in each phase, if it was not started anew in it and its host
    /// can count them.
    pub steps: BTreeMap<Phase, BTreeMap<String, u64>>,
    /// The messages.
    pub net: NetStats,
    /// Messages to clients that nobody waited for.
    pub unawaited: Unawaited,
    /// Requests that no service understood.
    pub unserved: Unserved,
    /// What nodes did that explains requests without a usable reply, or that Maelstrom does not
    /// forgive.
    pub hints: Hints,
    /// Panics of the nodes, and errors of other languages that nothing caught.
    pub panics: Panics,
    /// Why the run could not be brought to its end.
    pub broken: Option<Broken>,
    /// How long the run took.
    pub took: Duration,
}

impl Record {
    /// Whether someone asked for the run to end.
    pub fn was_interrupted(&self) -> bool {
        self.broken == Some(Broken::Interrupted)
    }

    /// What checkers say of this record, and that the run was broken off if it was.
    pub fn judged(&self, results: &Results) -> Results {
        match &self.broken {
            Some(broken) => results.broken_off(&broken.to_string()),
            None => results.clone(),
        }
    }
}

/// Why a run could not be brought to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broken {
    /// A node died, or did not do as it must.
    Node(NodeFailure),
    /// Typed bodies and bytes made two runs of it: how they differ.
    Encoding(String),
    /// Someone asked for the run to end.
    Interrupted,
    /// What was recorded could not be written.
    Store(String),
    /// Virtual time could not move on.
    Stuck(String),
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node(failure) => write!(f, "node {} failed: {}", failure.node, failure.what),
            Self::Encoding(divergence) => {
                write!(
                    f,
                    "the run is another one if all bodies travel as bytes: {divergence}"
                )
            }
            Self::Interrupted => f.write_str("the run was interrupted"),
            Self::Store(error) => write!(f, "the run can't be stored: {error}"),
            Self::Stuck(reason) => f.write_str(reason),
        }
    }
}

/// A run that is about to begin.
pub struct Run {
    options: Rc<Options>,
    workload: Rc<dyn Workload>,
    network: Rc<Network>,
    recorder: Rc<Recorder>,
    cluster: Rc<Cluster>,
    unawaited: Rc<Cell<Unawaited>>,
    panics: Rc<RefCell<Panics>>,
    failures: mpsc::UnboundedReceiver<NodeFailure>,
    leave_nodes: bool,
    script: Option<Script>,
}

impl Run {
    /// A run of this test, by clients of this workload, against the nodes of this host.
    pub fn new(
        options: Rc<Options>,
        workload: Rc<dyn Workload>,
        host: Rc<dyn Host>,
        wiring: Wiring,
    ) -> Self {
        let journal = Journal::new(Rc::clone(&wiring.writer), &options);
        let network = Network::new(&options, wiring.handling, journal);
        if let Some(script) = &wiring.script {
            network.follow(&script.links);
        }
        let (failed, failures) = mpsc::unbounded_channel();
        let panics = Rc::default();
        let outputs = Rc::new(Outputs {
            network: Rc::clone(&network),
            failures: failed,
            panics: Rc::clone(&panics),
        });
        let unawaited = Rc::default();
        let ids = options
            .nodes
            .iter()
            .map(|name| NodeId::from(name.as_str()))
            .collect();
        Self {
            cluster: Cluster::new(ids, host, outputs, &unawaited, Starts::new(&options)),
            options,
            workload,
            network,
            recorder: Rc::new(Recorder::new(wiring.writer)),
            unawaited,
            panics,
            failures,
            leave_nodes: wiring.leave_nodes,
            script: wiring.script,
        }
    }

    /// The network, which in simulation is to be attended to.
    pub fn network(&self) -> Rc<Network> {
        Rc::clone(&self.network)
    }

    /// The panics of its nodes, with times that count from the begin of the run.
    pub fn panics(&self) -> Rc<RefCell<Panics>> {
        Rc::clone(&self.panics)
    }

    /// To look at how far the run is.
    pub fn recorder(&self) -> Rc<Recorder> {
        Rc::clone(&self.recorder)
    }

    /// Runs the test, until it ends, a node fails, or `interrupt` completes; then kills the nodes unless they are to
    /// be left.
    pub async fn run(mut self, interrupt: impl Future<Output = ()>) -> Record {
        let started = time::now();
        let deliveries = self.network.handling().is_none().then(|| {
            let network = Rc::clone(&self.network);
            spawn(async move { network.run().await })
        });
        let unserved = services::serve(&self.options, &self.network);
        let script = self.script.take();
        let outage = script.as_ref().and_then(|script| script.outage.clone());
        let broken = tokio::select! {
            biased;
            Some(failure) = self.failures.recv() => Some(Broken::Node(failure)),
            () = interrupt => Some(Broken::Interrupted),
            result = phases(&self.options, &self.workload, &self.network, &self.recorder, &self.cluster, &self.unawaited, script) => {
                result.err().map(Broken::Node)
            }
        };
        if !self.leave_nodes {
            let unanswered = self.with_timeouts(broken.as_ref());
            self.cluster.examine(&unanswered).await;
            self.cluster.kill(&self.cluster.ids).await;
        }
        if let Some(deliveries) = deliveries {
            deliveries.abort();
        }
        self.network.clear();
        let written = self
            .recorder
            .finish()
            .and_then(|()| self.network.finish_journal());
        let not_written = written.err().map(|error| Broken::Store(error.to_string()));
        let origin = self.recorder.origin().since(started);
        Record {
            origin,
            main: self.recorder.main().since(started),
            script: Script {
                length: self.options.time_limit,
                links: self.network.take_link_faults(),
                outage,
                ..self.recorder.take_script()
            },
            steps: self.recorder.take_steps(),
            history: self.recorder.take(),
            net: self.network.stats(),
            unawaited: self.unawaited.get(),
            unserved: unserved.take(),
            hints: self.network.observed().take(),
            panics: self.panics.take().since(origin),
            broken: broken.or(not_written),
            took: time::now() - started,
        }
    }

    /// The nodes to look at because requests got no reply in time: all, if these are of operations; or
    /// the one without which the run did not come to have any.
    fn with_timeouts(&self, broken: Option<&Broken>) -> Vec<NodeId> {
        let history = self.recorder.history();
        match broken {
            None if history.completions().any(hint::has_timed_out) => self.cluster.ids.clone(),
            Some(Broken::Node(failure)) if history.0.is_empty() => {
                vec![NodeId::from(failure.node.as_str())]
            }
            _ => Vec::new(),
        }
    }
}

/// The phases of a run, as the page on the command line lists them.
async fn phases(
    options: &Rc<Options>,
    workload: &Rc<dyn Workload>,
    network: &Rc<Network>,
    recorder: &Rc<Recorder>,
    cluster: &Rc<Cluster>,
    unawaited: &Rc<Cell<Unawaited>>,
    script: Option<Script>,
) -> Result<(), NodeFailure> {
    let nemesis = Nemesis {
        faults: options.nemesis.clone(),
        interval: options.nemesis_interval,
        cluster: Rc::clone(cluster),
        network: Rc::clone(network),
        recorder: Rc::clone(recorder),
    };
    let outage = script.as_ref().and_then(|script| script.outage.clone());
    let outages = Outages::new(&nemesis, outage);
    let set_up = start_nodes(options, workload, unawaited, &nemesis, &outages).await?;
    let mut interpreter = Interpreter::new(options, workload, network, recorder, unawaited);

    recorder.enter(Phase::Main);
    let begin = time::now();
    let end = begin + options.time_limit;
    let (faults, mut generator, pace): (_, Box<dyn Generator>, _) = match script {
        Some(script) => (
            nemesis.script(script.acts, begin),
            Box::new(Playback::new(begin, script.operations)),
            Pace::AtOnce,
        ),
        None => (
            nemesis.schedules(options, end),
            workload.generator(options),
            Pace::Rate {
                rate: options.rate,
                end,
            },
        ),
    };
    let faults: Vec<_> = faults.into_iter().map(start).collect();
    let mut random = options.random("generator");
    interpreter.run(&mut *generator, &mut random, pace).await;
    time::sleep_until(end).await;
    recorder.steps(cluster.steps());
    for fault in faults {
        if let Ok(result) = fault.await {
            result?;
        }
    }

    end_run(options, workload, &nemesis, &outages, &mut interpreter).await?;
    drop(set_up);
    Ok(())
}

/// Starts and initialises all nodes, and has the workload prepare them. Gives the clients that did:
/// each node has one, which stays to the end; workers are numbered after them.
async fn start_nodes(
    options: &Rc<Options>,
    workload: &Rc<dyn Workload>,
    unawaited: &Rc<Cell<Unawaited>>,
    nemesis: &Nemesis,
    outages: &Outages,
) -> Result<Vec<Connection>, NodeFailure> {
    let Nemesis {
        cluster,
        network,
        recorder,
        ..
    } = nemesis;
    let set_up = || set_up::run(options, workload, network, cluster, unawaited);
    // What is recorded counts from one moment, so it is the first one if something comes so early.
    let early = outages.come_in(Phase::Starting);
    if early {
        recorder.start_clock();
    }
    let all = async {
        cluster.start(&cluster.ids).await?;
        if !early {
            recorder.start_clock();
        }
        Ok(set_up().await)
    };
    let prepared = outages.during(Phase::Starting, all).await??;
    let connections = match outages.happened() {
        true => set_up().await,
        false => prepared,
    }?;
    recorder.steps(cluster.steps());
    Ok(connections)
}

/// Mends everything, lets it rest, and has the last operations done, if the workload has some.
async fn end_run(
    options: &Options,
    workload: &Rc<dyn Workload>,
    nemesis: &Nemesis,
    outages: &Outages,
    interpreter: &mut Interpreter,
) -> Result<(), NodeFailure> {
    let Nemesis {
        cluster, recorder, ..
    } = nemesis;
    loop {
        let last = workload.final_generator(options, &recorder.history());
        let Some(generator) = last else {
            return Ok(());
        };
        recorder.enter(Phase::Recovery);
        nemesis.mend().await?;
        let rest = time::sleep(options.recovery);
        outages.during(Phase::Recovery, rest).await?;
        recorder.steps(cluster.steps());
        if outages.happened() {
            continue;
        }
        recorder.enter(Phase::Final);
        // Draws of their own, which the main phase does not change.
        let mut random = options.random("final generator");
        let mut generator = outages.before(generator);
        let operations = interpreter.run(&mut generator, &mut random, Pace::AtOnce);
        outages.during(Phase::Final, operations).await?;
        recorder.steps(cluster.steps());
        if !outages.happened() {
            return Ok(());
        }
    }
}

/// Starts a schedule of faults, which gives its result when it has ended.
fn start(schedule: nemesis::Schedule) -> oneshot::Receiver<Result<(), NodeFailure>> {
    let (done, ended) = oneshot::channel();
    spawn(async move {
        // The run has been broken off if nobody listens.
        let _ = done.send(schedule.await);
    });
    ended
}
