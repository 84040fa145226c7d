//! Where nodes live: as processes of their own, or as values in this one.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;

use mael::NodeId;
use mael::executor::LocalFuture;
use mael::protocol::Message;
use tokio::sync::mpsc;

use super::connection::ReplyHeader;
use super::hint::Hint;
use super::network::{Endpoint, Network};
use super::panics::{NodePanic, Panics};

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

    /// Ends the node's input and looks at what it does then, and at what it has left undone, to find
    /// out why it left requests unanswered. The future completes within a second or two, and nothing
    /// more is asked of the node. None if its host can't tell, or if it is paused or dead.
    fn examine(&self) -> Option<LocalFuture<'static, ()>> {
        None
    }

    /// The last lines that the node wrote to its log.
    fn last_lines(&self) -> Vec<String>;
}

/// What is shared between the nodes' outputs and the run.
pub(super) struct Outputs {
    pub(super) network: Rc<Network>,
    pub(super) failures: mpsc::UnboundedSender<NodeFailure>,
    pub(super) panics: Rc<RefCell<Panics>>,
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
    state: Rc<Cell<State>>,
    shared: Rc<Outputs>,
}

/// What becomes of what a node says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// It is sent.
    #[default]
    Open,
    /// It is only looked at: the run is over.
    Examined,
    /// It is dropped.
    Cut,
}

impl Output {
    pub(super) fn new(node: NodeId, shared: Rc<Outputs>) -> Self {
        Self {
            node,
            state: Rc::default(),
            shared,
        }
    }

    /// Sends a message of this node.
    pub fn message(&self, message: Message) {
        match self.state.get() {
            State::Open => self.send(message),
            State::Examined => self.look_at(&message),
            State::Cut => {}
        }
    }

    fn send(&self, message: Message) {
        let network = &self.shared.network;
        if message.src != self.node {
            let reason = match message.dest == self.node {
                true => "are `src` and `dest` swapped?",
                false => "",
            };
            self.hint(Hint::OtherSource, &text(&message), reason);
        }
        if message.dest.is_client() && network.has_left(&message.dest) {
            self.hint(Hint::ClientGone, &text(&message), "");
        }
        let copy = (
            message.src.clone(),
            message.dest.clone(),
            message.body.clone(),
        );
        if let Err(reason) = network.send(message) {
            let (src, dest, body) = copy;
            let message = Message { src, dest, body };
            self.hint(Hint::UnknownName, &text(&message), &reason);
        }
    }

    /// Nothing is asked any more, so that whatever still answers a client has been held back. Errors
    /// don't count: the end of its input may be why a node gives up.
    fn look_at(&self, message: &Message) {
        let header = ReplyHeader::of(message.body.as_body());
        let is_error = header.kind.as_deref() == Some("error");
        if message.dest.is_client() && !is_error {
            self.hint(Hint::Unflushed, &text(message), "");
        }
    }

    /// Takes note of what the node did.
    pub fn hint(&self, hint: Hint, text: &str, reason: &str) {
        let observed = self.shared.network.observed();
        observed.note(&self.node, hint, text, reason);
    }

    /// Whether what the node writes is still sent.
    pub fn is_open(&self) -> bool {
        self.state.get() == State::Open
    }

    /// Records a panic of this node, also one of which is only heard after the node was killed.
    pub fn panicked(&self, panic: NodePanic) {
        self.shared.panics.borrow_mut().add(&self.node, panic);
    }

    /// Says that this node ended though nobody had killed it.
    pub fn failed(&self, what: String, last_lines: Vec<String>) {
        if !self.is_open() {
            return;
        }
        // The run may have ended already, with nobody left to tell.
        let _ = self.shared.failures.send(NodeFailure {
            node: self.node.to_string(),
            what,
            last_lines,
        });
    }

    /// Only looks at what the node says from now on: the run is over.
    pub(super) fn examine(&self) {
        self.state.set(State::Examined);
    }

    /// Lets nothing through from now on: the node is about to be killed.
    pub fn cut(&self) {
        self.state.set(State::Cut);
    }
}

/// A message as a person reads it.
fn text(message: &Message) -> String {
    let Message { src, dest, body } = message;
    format!("{src} -> {dest}: {}", body.get())
}
