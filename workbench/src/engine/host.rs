//! Where nodes live: as processes of their own, or as values in this one.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;

use mael::NodeId;
use mael::runtime::LocalFuture;
use mael::wire::Message;
use tokio::sync::mpsc;

use super::network::{Endpoint, Network};

/// How many of the last lines of a node's log are kept to explain its failure.
pub const LAST_LINES: usize = 32;

/// Starts nodes.
pub trait Host {
    /// Starts a node. What it says goes to `output`.
    ///
    /// # Errors
    /// When it can't be started.
    fn start(&self, id: &NodeId, output: Output) -> io::Result<Rc<dyn Node>>;
}

/// A node that runs.
pub trait Node: Endpoint {
    /// Ends the node without notice. Completes when it is gone.
    fn kill(&self) -> LocalFuture<'static, ()>;

    /// Kills the node after so many further steps, which are what it does between two awaits or
    /// that others could notice. Completes when it is dead, from whatever cause; dropping the
    /// future before that lets it live. A host that can't count steps kills at once.
    fn kill_after(&self, _steps: u64) -> LocalFuture<'static, ()> {
        self.kill()
    }

    /// How many steps it has taken; 0 if its host can't count them.
    fn steps(&self) -> u64 {
        0
    }

    /// Stops the node in its tracks.
    fn pause(&self);

    /// Lets a paused node go on. Nothing happens to one that runs.
    fn resume(&self);

    /// The last lines that the node wrote to its log.
    fn last_lines(&self) -> Vec<String>;
}

/// What is shared between the nodes' outputs and the run.
pub(super) struct Outputs {
    pub(super) network: Rc<Network>,
    pub(super) failures: mpsc::UnboundedSender<NodeFailure>,
    pub(super) rubbish: RefCell<BTreeMap<String, Rubbish>>,
}

/// Lines of a node's stdout that were no messages, or could not be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rubbish {
    /// How many.
    pub count: u64,
    /// The first of them.
    pub first: String,
    /// What was wrong with that.
    pub reason: String,
}

/// A node that died, or that did not do as it must.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeFailure {
    /// The node.
    pub node: String,
    /// What happened.
    pub what: String,
    /// The last lines it wrote to its log, which is stderr for a process.
    pub last_lines: Vec<String>,
}

/// Where one start of a node puts what it says. Once it is cut, nothing comes through any more.
#[derive(Clone)]
pub struct Output {
    node: NodeId,
    cut: Rc<Cell<bool>>,
    shared: Rc<Outputs>,
}

impl Output {
    pub(super) fn new(node: NodeId, shared: Rc<Outputs>) -> Self {
        Self {
            node,
            cut: Rc::default(),
            shared,
        }
    }

    /// Sends a message of this node.
    pub fn message(&self, message: Message) {
        if self.cut.get() {
            return;
        }
        let (src, dest) = (message.src.clone(), message.dest.clone());
        let body = message.body.clone();
        if let Err(reason) = self.shared.network.send(message) {
            self.rubbish(&format!("{src} -> {dest}: {}", body.get()), &reason);
        }
    }

    /// Takes note of a line that is no message.
    pub fn rubbish(&self, line: &str, reason: &str) {
        if self.cut.get() {
            return;
        }
        let mut rubbish = self.shared.rubbish.borrow_mut();
        let entry = rubbish
            .entry(self.node.to_string())
            .or_insert_with(|| Rubbish {
                count: 0,
                first: line.to_owned(),
                reason: reason.to_owned(),
            });
        entry.count += 1;
    }

    /// Says that this node ended though nobody had killed it.
    pub fn failed(&self, what: String, last_lines: Vec<String>) {
        if self.cut.get() {
            return;
        }
        // The run may have ended already, with nobody left to tell.
        let _ = self.shared.failures.send(NodeFailure {
            node: self.node.to_string(),
            what,
            last_lines,
        });
    }

    /// Lets nothing through from now on: the node is about to be killed.
    pub fn cut(&self) {
        self.cut.set(true);
    }
}
