//! The nodes of a run: started, initialised, killed, paused.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::rc::Rc;

use mael::NodeId;
use mael::runtime::spawn;
use mael::time::Duration;
use tokio::sync::oneshot;

use super::connection::{Connection, RpcError, Unawaited};
use super::host::{Host, Node, NodeFailure, Output, Outputs};
use super::network::Endpoint;
use super::rpc::Rpc;
use crate::rpc;

/// How long a node may take to answer `init`.
const INIT_TIMEOUT: Duration = Duration::from_secs(10);

/// The nodes of a run.
pub(super) struct Cluster {
    pub(super) ids: Vec<NodeId>,
    host: Rc<dyn Host>,
    outputs: Rc<Outputs>,
    unawaited: Rc<Cell<Unawaited>>,
    running: RefCell<BTreeMap<NodeId, Running>>,
}

struct Running {
    node: Rc<dyn Node>,
    output: Output,
    /// Dropped when the node is dead, which whoever starts it waits for too.
    _alive: oneshot::Sender<Infallible>,
}

rpc! {
    /// Tells a node its name and the names of all, before anything else. It must be answered
    /// within 10 s.
    pub(crate) struct InitRequest = "init" { node_id: NodeId, node_ids: Vec<NodeId> }
        => InitReply = "init_ok" {}
}

impl Cluster {
    pub(super) fn new(
        ids: Vec<NodeId>,
        host: Rc<dyn Host>,
        outputs: Rc<Outputs>,
        unawaited: &Rc<Cell<Unawaited>>,
    ) -> Rc<Self> {
        Rc::new(Self {
            ids,
            host,
            outputs,
            unawaited: Rc::clone(unawaited),
            running: RefCell::default(),
        })
    }

    /// Starts these nodes if they don't run, all at once, and initialises them. Those that are
    /// killed meanwhile are left alone.
    ///
    /// # Errors
    /// The first node, in their order, that can't be started or does not answer `init` as it must.
    pub(super) async fn start(self: &Rc<Self>, ids: &[NodeId]) -> Result<(), NodeFailure> {
        let mut starting = Vec::new();
        for id in ids {
            if self.running.borrow().contains_key(id) {
                continue;
            }
            let dead = self.launch(id).map_err(|what| self.failure(id, what))?;
            let connection = Connection::open(&self.outputs.network, id, &self.unawaited);
            let (done, initialised) = oneshot::channel();
            let cluster = Rc::clone(self);
            let node = id.clone();
            spawn(async move {
                let result = tokio::select! {
                    biased;
                    _ = dead => Ok(()),
                    result = cluster.initialise(&node, connection) => result,
                };
                // Nobody waits any more if another node failed.
                let _ = done.send(result);
            });
            starting.push((id, initialised));
        }
        for (id, initialised) in starting {
            if let Ok(Err(what)) = initialised.await {
                return Err(self.failure(id, what));
            }
        }
        Ok(())
    }

    /// Starts a node, and tells when it is dead.
    fn launch(&self, id: &NodeId) -> Result<oneshot::Receiver<Infallible>, String> {
        let output = Output::new(id.clone(), Rc::clone(&self.outputs));
        let node = self
            .host
            .start(id, output.clone())
            .map_err(|error| format!("can't be started: {error}"))?;
        self.outputs
            .network
            .register(id.clone(), Rc::clone(&node) as Rc<dyn Endpoint>);
        let (alive, dead) = oneshot::channel();
        let running = Running {
            node,
            output,
            _alive: alive,
        };
        self.running.borrow_mut().insert(id.clone(), running);
        Ok(dead)
    }

    async fn initialise(&self, id: &NodeId, mut connection: Connection) -> Result<(), String> {
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
        match body.as_body().header().map(|header| header.kind) {
            Ok(Some(kind)) if kind == InitRequest::REPLY_TYPE => Ok(()),
            Ok(Some(kind)) if kind == "error" => {
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

    /// Kills these nodes. Completes when they are gone.
    pub(super) async fn kill(&self, ids: &[NodeId]) {
        let mut dying = Vec::new();
        for id in ids {
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
        for gone in dying {
            let _ = gone.await;
        }
    }

    /// Kills a node after so many further steps: see [`Node::kill_after`]. Completes when it is
    /// dead; dropping the future before that lets it live.
    pub(super) async fn kill_after(&self, id: &NodeId, steps: u64) {
        let node = |running: &Running| Rc::clone(&running.node);
        let Some(node) = self.running.borrow().get(id).map(node) else {
            return;
        };
        node.kill_after(steps).await;
        // Someone else may have killed it meanwhile, and started it again.
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

    /// How many steps each node that runs has taken since it was started.
    pub(super) fn steps(&self) -> BTreeMap<String, u64> {
        let running = self.running.borrow();
        let steps = running.iter();
        steps
            .map(|(id, running)| (id.to_string(), running.node.steps()))
            .collect()
    }

    /// Whether a node runs.
    pub(super) fn runs(&self, id: &NodeId) -> bool {
        self.running.borrow().contains_key(id)
    }

    /// Pauses those of these nodes that run.
    pub(super) fn pause(&self, ids: &[NodeId]) {
        self.each(ids, |node| node.pause());
    }

    /// Lets those of these nodes that are paused go on.
    pub(super) fn resume(&self, ids: &[NodeId]) {
        self.each(ids, |node| node.resume());
    }

    fn each(&self, ids: &[NodeId], act: impl Fn(&dyn Node)) {
        let running = self.running.borrow();
        for id in ids {
            if let Some(running) = running.get(id) {
                act(&*running.node);
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
