//! The nodes of a run: started, initialised, killed, paused.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use mael::NodeId;
use mael::runtime::spawn;
use mael::time::Duration;
use mael::wire::{Body, Header};
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

    /// Starts these nodes if they don't run, all at once, and initialises them.
    ///
    /// # Errors
    /// The first node, in their order, that can't be started or does not answer `init` as it must.
    pub(super) async fn start(self: &Rc<Self>, ids: &[NodeId]) -> Result<(), NodeFailure> {
        let mut starting = Vec::new();
        for id in ids {
            if self.running.borrow().contains_key(id) {
                continue;
            }
            self.launch(id).map_err(|what| self.failure(id, what))?;
            let connection = Connection::open(&self.outputs.network, id, &self.unawaited);
            let (done, initialised) = oneshot::channel();
            let cluster = Rc::clone(self);
            let node = id.clone();
            spawn(async move {
                let result = cluster.initialise(&node, connection).await;
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

    fn launch(&self, id: &NodeId) -> Result<(), String> {
        let output = Output::new(id.clone(), Rc::clone(&self.outputs));
        let node = self
            .host
            .start(id, output.clone())
            .map_err(|error| format!("can't be started: {error}"))?;
        self.outputs
            .network
            .register(id.clone(), Rc::clone(&node) as Rc<dyn Endpoint>);
        self.running
            .borrow_mut()
            .insert(id.clone(), Running { node, output });
        Ok(())
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
        match Header::read(&body).map(|header| header.kind) {
            Ok(Some(kind)) if kind == InitRequest::REPLY_TYPE => Ok(()),
            Ok(Some(kind)) if kind == "error" => {
                let text = Body(&body).fields::<(Option<String>,), 1>(["text"]);
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
            if let Some(Running { node, output }) = running {
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
