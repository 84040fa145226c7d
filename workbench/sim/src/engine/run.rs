//! A run, from its configuration to its record.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use mael::NodeId;
use mael::executor::spawn;
use mael::time::{self, Duration};
use tokio::sync::mpsc;

use super::cluster::Cluster;
use super::context::Context;
use super::delivery::RecordedDeliveries;
use super::hint;
use super::host::{Host, NodeFailure, Outputs};
use super::journal::Journal;
use super::network::Network;
use super::panics::Panics;
use super::phases::Phases;
use super::record::{Record, RunError};
use super::recorder::Recorder;
use super::schedule::Schedule;
use super::services;
use super::workload::Workload;
use super::writer::{Nowhere, Writer};
use crate::Options;

/// The configuration of a run, apart from its options and nodes.
pub struct RunConfig {
    /// The range of the time that a delivery takes in addition to its latency, in simulation.
    pub processing_delay: Option<Range<Duration>>,
    /// Writes the run as it happens.
    pub writer: Rc<dyn Writer>,
    /// Whether nodes are left running at the end.
    pub leave_nodes: bool,
    /// The operations and faults of the main phase, instead of drawn ones.
    pub schedule: Option<Schedule>,
    /// How messages between servers are delivered, instead of drawn delays and losses.
    pub deliveries: Option<RecordedDeliveries>,
}

impl Default for RunConfig {
    fn default() -> Self {
        Self {
            processing_delay: None,
            writer: Rc::new(Nowhere),
            leave_nodes: false,
            schedule: None,
            deliveries: None,
        }
    }
}

/// A run that has not started.
pub struct Run {
    context: Rc<Context>,
    cluster: Rc<Cluster>,
    panics: Rc<RefCell<Panics>>,
    failures: mpsc::UnboundedReceiver<NodeFailure>,
    leave_nodes: bool,
    schedule: Option<Schedule>,
}

impl Run {
    /// Creates a run with these options, clients of this workload, and nodes of this host.
    pub fn new(
        options: Rc<Options>,
        workload: Rc<dyn Workload>,
        host: Rc<dyn Host>,
        config: RunConfig,
    ) -> Self {
        let journal = Journal::new(Rc::clone(&config.writer), &options);
        let network = Network::new(&options, config.processing_delay, journal);
        if let Some(schedule) = &config.schedule {
            network.replay(&schedule.links);
        }
        if let Some(deliveries) = config.deliveries {
            network.repeat(deliveries);
        }
        let (failed, failures) = mpsc::unbounded_channel();
        let panics = Rc::default();
        let outputs = Rc::new(Outputs {
            network: Rc::clone(&network),
            failures: failed,
            panics: Rc::clone(&panics),
        });
        let context = Rc::new(Context {
            options,
            workload,
            network,
            recorder: Rc::new(Recorder::new(config.writer)),
            unexpected_replies: Rc::default(),
        });
        Self {
            cluster: Cluster::new(&context, host, outputs),
            context,
            panics,
            failures,
            leave_nodes: config.leave_nodes,
            schedule: config.schedule,
        }
    }

    /// Returns the network. In simulation, the caller delivers its messages.
    pub fn network(&self) -> Rc<Network> {
        Rc::clone(&self.context.network)
    }

    /// Returns the panics of the nodes, with times since the start of the run.
    pub fn panics(&self) -> Rc<RefCell<Panics>> {
        Rc::clone(&self.panics)
    }

    /// Returns the recorder, which provides the progress of the run.
    pub fn recorder(&self) -> Rc<Recorder> {
        Rc::clone(&self.context.recorder)
    }

    /// Runs the test until it ends, a node fails, or `interrupt` completes. Then, it kills the
    /// nodes, unless they are left running.
    pub async fn run(mut self, interrupt: impl Future<Output = ()>) -> Record {
        let started = time::now();
        let network = self.network();
        let deliveries = network.processing_delay().is_none().then(|| {
            let network = Rc::clone(&network);
            spawn(async move { network.run().await })
        });
        let unhandled_requests = services::serve(&self.context.options, &network);
        let schedule = self.schedule.take();
        let phase_crash = schedule
            .as_ref()
            .and_then(|schedule| schedule.phase_crash.clone());
        let phases = Phases::new(&self.context, &self.cluster, phase_crash.clone());
        let error = tokio::select! {
            biased;
            Some(failure) = self.failures.recv() => Some(RunError::Node(failure)),
            () = interrupt => Some(RunError::Interrupted),
            result = phases.run(schedule) => result.err().map(RunError::Node),
        };
        if !self.leave_nodes {
            let unanswered = self.with_timeouts(error.as_ref());
            self.cluster.examine(&unanswered).await;
            self.cluster.kill(&self.cluster.ids).await;
        }
        if let Some(deliveries) = deliveries {
            deliveries.abort();
        }
        network.clear();
        let recorder = &self.context.recorder;
        let written = recorder.finish().and_then(|()| network.finish_journal());
        let not_written = written
            .err()
            .map(|error| RunError::Store(error.to_string()));
        let origin = recorder.origin().since(started);
        Record {
            origin,
            main: recorder.main().since(started),
            schedule: Schedule {
                length: self.context.options.time_limit,
                links: network.take_link_faults(),
                phase_crash,
                ..recorder.take_schedule()
            },
            steps: recorder.take_steps(),
            history: recorder.take(),
            net: network.stats(),
            unexpected_replies: self.context.unexpected_replies.get(),
            unhandled_requests: unhandled_requests.take(),
            hints: network.observed().take(),
            panics: self.panics.take().since(origin),
            error: error.or(not_written),
            took: time::now() - started,
        }
    }

    /// Returns the nodes to examine because requests timed out: all nodes if operations timed out,
    /// or the node that failed before the first operation.
    fn with_timeouts(&self, error: Option<&RunError>) -> Vec<NodeId> {
        let history = self.context.recorder.history();
        match error {
            None if history.completions().any(hint::has_timed_out) => self.cluster.ids.clone(),
            Some(RunError::Node(failure)) if history.0.is_empty() => {
                vec![NodeId::from(failure.node.as_str())]
            }
            _ => Vec::new(),
        }
    }
}
