//! The nodes of a run: starts, initializes, kills and pauses them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::rc::Rc;

use mael::NodeId;
use mael::executor::spawn;
use mael::time::{self, Duration};
use tokio::sync::{Notify, oneshot};

use super::connection::{Connection, ReplyHeader, RpcError};
use super::context::Context;
use super::host::{Host, Node, NodeFailure, Output, Outputs};
use super::inbox::Inbox;
use super::network::Endpoint;
use super::rpc::Rpc;
use super::starts::Starts;
use crate::rpc;

/// The maximum time that a node may take to answer `init`.
const INIT_TIMEOUT: Duration = Duration::from_secs(10);

/// The nodes of a run.
pub(super) struct Cluster {
    pub(super) ids: Vec<NodeId>,
    context: Rc<Context>,
    host: Rc<dyn Host>,
    outputs: Rc<Outputs>,
    starts: Starts,
    /// Messages for nodes that have not been started yet.
    inboxes: RefCell<BTreeMap<NodeId, Rc<Inbox>>>,
    /// Nodes that start after their delay, unless they are killed before.
    starting: RefCell<BTreeMap<NodeId, Alive>>,
    running: RefCell<BTreeMap<NodeId, Running>>,
    /// Notified when a node is started, or killed before that.
    started: Notify,
}

/// Dropped when the node is killed, which also ends the task that starts it.
type Alive = oneshot::Sender<Infallible>;

struct Running {
    node: Rc<dyn Node>,
    output: Output,
    _alive: Alive,
}

rpc! {
    /// Initializes a node with its name and the names of all nodes. This is the first request, and
    /// the node must answer it within 10 s.
    pub struct InitRequest = "init" { node_id: NodeId, node_ids: Vec<NodeId> }
        => InitReply = "init_ok" {}
}

impl Cluster {
    pub(super) fn new(context: &Rc<Context>, host: Rc<dyn Host>, outputs: Rc<Outputs>) -> Rc<Self> {
        let names = context.options.nodes.iter();
        let ids: Vec<NodeId> = names.map(|name| NodeId::from(name.as_str())).collect();
        let inboxes: BTreeMap<NodeId, Rc<Inbox>> =
            ids.iter().map(|id| (id.clone(), Rc::default())).collect();
        for (id, inbox) in &inboxes {
            let inbox = Rc::clone(inbox) as Rc<dyn Endpoint>;
            context.network.register(id.clone(), inbox);
        }
        Rc::new(Self {
            ids,
            starts: Starts::new(&context.options),
            context: Rc::clone(context),
            host,
            outputs,
            inboxes: RefCell::new(inboxes),
            starting: RefCell::default(),
            running: RefCell::default(),
            started: Notify::new(),
        })
    }

    /// Starts and initializes those of these nodes that are not running, in parallel, each after
    /// its own delay (see [`Starts`]). Nodes that are killed meanwhile are skipped.
    ///
    /// # Errors
    /// The first of these nodes that can't be started or does not answer `init` with `init_ok`.
    pub(super) async fn start(self: &Rc<Self>, ids: &[NodeId]) -> Result<(), NodeFailure> {
        let ids: Vec<NodeId> = ids.iter().filter(|id| !self.is_up(id)).cloned().collect();
        let mut initialized = Vec::new();
        for (id, delay) in ids.iter().zip(self.starts.delays(&ids)) {
            let (alive, dead) = oneshot::channel();
            self.starting.borrow_mut().insert(id.clone(), alive);
            let (done, result) = oneshot::channel();
            let (cluster, node) = (Rc::clone(self), id.clone());
            spawn(async move {
                let result = tokio::select! {
                    biased;
                    _ = dead => Ok(()),
                    result = cluster.start_after(delay, &node) => result,
                };
                // The receiver is gone if another node failed.
                let _ = done.send(result);
            });
            initialized.push((id, result));
        }
        for (id, result) in initialized {
            if let Ok(Err(what)) = result.await {
                return Err(self.failure(id, what));
            }
        }
        Ok(())
    }

    /// Whether a node is running or about to start.
    fn is_up(&self, id: &NodeId) -> bool {
        self.runs(id) || self.starting.borrow().contains_key(id)
    }

    /// Starts and initializes a node that is about to start.
    async fn start_after(&self, delay: Duration, id: &NodeId) -> Result<(), String> {
        if !delay.is_zero() {
            time::sleep(delay).await;
        }
        self.launch(id)?;
        self.initialize(id, self.context.connect(id)).await
    }

    fn launch(&self, id: &NodeId) -> Result<(), String> {
        let Some(alive) = self.starting.borrow_mut().remove(id) else {
            // It was killed during its delay.
            return Ok(());
        };
        // Before the node can take a step, so that a pending kill counts all of its steps.
        self.started.notify_waiters();
        let output = Output::new(id.clone(), Rc::clone(&self.outputs));
        let node = self
            .host
            .start(id, output.clone())
            .map_err(|error| format!("can't be started: {error}"))?;
        self.context
            .network
            .register(id.clone(), Rc::clone(&node) as Rc<dyn Endpoint>);
        if let Some(inbox) = self.inboxes.borrow_mut().remove(id) {
            inbox.empty_into(time::now(), &*node);
        }
        let running = Running {
            node,
            output,
            _alive: alive,
        };
        self.running.borrow_mut().insert(id.clone(), running);
        Ok(())
    }

    async fn initialize(&self, id: &NodeId, mut connection: Connection) -> Result<(), String> {
        let request = InitRequest {
            node_id: id.clone(),
            node_ids: self.ids.clone(),
        };
        let body = match connection.ask(&request, INIT_TIMEOUT).await {
            Ok(body) => body,
            Err(RpcError::Timeout) => {
                return Err(format!("did not answer init within {INIT_TIMEOUT:?}"));
            }
            Err(RpcError::Error(error)) => return Err(format!("init failed: {error}")),
            Err(RpcError::Malformed { reason, .. }) => return Err(reason),
        };
        match ReplyHeader::of(body.as_body()).kind.as_deref() {
            Some(InitRequest::REPLY_TYPE) => Ok(()),
            Some("error") => {
                let text = body.as_body().fields::<(Option<String>,), 1>(["text"]);
                let text = text.ok().and_then(|(text,)| text).unwrap_or_default();
                Err(format!(
                    "answered init with an error: {text} ({})",
                    body.get()
                ))
            }
            _ => Err(format!("answered init with {}, not init_ok", body.get())),
        }
    }

    /// Examines why these nodes did not answer requests. The run is over, so their messages are no
    /// longer sent.
    pub(super) async fn examine(&self, ids: &[NodeId]) {
        let mut examined = Vec::new();
        for id in ids {
            let examination = self.running.borrow().get(id).and_then(|running| {
                let examination = running.node.examine()?;
                running.output.examine();
                Some(examination)
            });
            let Some(examination) = examination else {
                continue;
            };
            let (done, ended) = oneshot::channel();
            spawn(async move {
                examination.await;
                let _ = done.send(());
            });
            examined.push(ended);
        }
        for ended in examined {
            let _ = ended.await;
        }
    }

    /// Kills these nodes. Completes when they are gone.
    pub(super) async fn kill(&self, ids: &[NodeId]) {
        let mut dying = Vec::new();
        for id in ids {
            self.starting.borrow_mut().remove(id);
            let running = self.running.borrow_mut().remove(id);
            if let Some(Running { node, output, .. }) = running {
                output.cut();
                let (done, gone) = oneshot::channel();
                spawn(async move {
                    node.kill().await;
                    let _ = done.send(());
                });
                dying.push(gone);
            }
        }
        self.started.notify_waiters();
        for gone in dying {
            let _ = gone.await;
        }
    }

    /// Kills a node after this many further steps, counted from its first step if it is about to
    /// start: see [`Node::kill_after`]. Completes when it is dead; dropping the future before that
    /// cancels the kill.
    pub(super) async fn kill_after(&self, id: &NodeId, steps: u64) {
        while self.starting.borrow().contains_key(id) {
            self.started.notified().await;
        }
        let node = |running: &Running| Rc::clone(&running.node);
        let Some(node) = self.running.borrow().get(id).map(node) else {
            return;
        };
        node.kill_after(steps).await;
        // Another action may have killed and restarted it meanwhile.
        let mut running = self.running.borrow_mut();
        if running
            .get(id)
            .is_some_and(|now| Rc::ptr_eq(&now.node, &node))
        {
            let dead = running.remove(id);
            drop(running);
            if let Some(Running { output, .. }) = dead {
                output.cut();
            }
        }
    }

    /// Returns how many steps each running node has taken since it started.
    pub(super) fn steps(&self) -> BTreeMap<String, u64> {
        let running = self.running.borrow();
        let steps = running.iter();
        steps
            .map(|(id, running)| (id.to_string(), running.node.steps()))
            .collect()
    }

    /// Whether a node is running.
    pub(super) fn runs(&self, id: &NodeId) -> bool {
        self.running.borrow().contains_key(id)
    }

    /// Pauses those of these nodes that are running.
    pub(super) fn pause(&self, ids: &[NodeId]) {
        self.each(ids, |node| node.pause());
    }

    /// Resumes those of these nodes that are paused.
    pub(super) fn resume(&self, ids: &[NodeId]) {
        self.each(ids, |node| node.resume());
    }

    fn each(&self, ids: &[NodeId], action: impl Fn(&dyn Node)) {
        let running = self.running.borrow();
        for id in ids {
            if let Some(running) = running.get(id) {
                action(&*running.node);
            }
        }
    }

    /// Describes the failure of a node, with the end of its log.
    pub(super) fn failure(&self, id: &NodeId, what: String) -> NodeFailure {
        let running = self.running.borrow();
        let node = running.get(id).map(|running| &running.node);
        NodeFailure {
            node: id.to_string(),
            what,
            last_lines: node.map(|node| node.last_lines()).unwrap_or_default(),
        }
    }
}
