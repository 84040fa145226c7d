//! Hosts, which start nodes as separate processes or within this one.

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

/// The number of last lines of a node's log that are included in the report of its failure.
pub const LAST_LINES: usize = 32;

/// Starts nodes.
pub trait Host {
    /// Starts a node. It sends its messages to `output`.
    ///
    /// # Errors
    /// Returns an error if the node can't be started.
    fn start(&self, id: &NodeId, output: Output) -> io::Result<Rc<dyn Node>>;
}

/// A running node.
pub trait Node: Endpoint {
    /// Kills the node. Completes when it is dead.
    fn kill(&self) -> LocalFuture<'static, ()>;

    /// Kills the node after this many further steps. A step is the code between two awaits, or an
    /// effect that others could observe. Completes when the node is dead, whatever the cause.
    /// Dropping the future before that cancels the kill. A host that can't count steps kills the
    /// node immediately.
    fn kill_after(&self, _steps: u64) -> LocalFuture<'static, ()> {
        self.kill()
    }

    /// Returns how many steps the node has taken, or 0 if its host can't count them.
    fn steps(&self) -> u64 {
        0
    }

    /// Pauses the node.
    fn pause(&self);

    /// Resumes a paused node. Does nothing if the node is running.
    fn resume(&self);

    /// Closes the node's input and observes its reaction and its unread input, to find out why it
    /// did not answer requests. The future completes within two seconds, and the node gets no
    /// further requests. Returns `None` if the host can't examine nodes, or if the node is paused
    /// or dead.
    fn examine(&self) -> Option<LocalFuture<'static, ()>> {
        None
    }

    /// Returns the last lines that the node wrote to its log.
    fn last_lines(&self) -> Vec<String>;
}

/// State shared between the outputs of the nodes and the run.
pub(super) struct Outputs {
    pub(super) network: Rc<Network>,
    pub(super) failures: mpsc::UnboundedSender<NodeFailure>,
    pub(super) panics: Rc<RefCell<Panics>>,
}

/// The failure of a node that crashed, or did not answer as required.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeFailure {
    /// The node.
    pub node: String,
    /// What happened.
    pub what: String,
    /// The last lines of its log, which is stderr for a process.
    pub last_lines: Vec<String>,
}

/// Receives the messages that one start of a node sends. Once it is cut, messages are dropped.
#[derive(Clone)]
pub struct Output {
    node: NodeId,
    state: Rc<Cell<State>>,
    shared: Rc<Outputs>,
}

/// How the messages of a node are handled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// They are sent.
    #[default]
    Open,
    /// They are only examined, because the run is over.
    Examined,
    /// They are dropped.
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
            let reason = if message.dest == self.node {
                "are `src` and `dest` swapped?"
            } else {
                ""
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

    /// No more requests are sent, so a node that still replies to a client had buffered the reply.
    /// Errors don't count, because a node may send one when its input is closed.
    fn look_at(&self, message: &Message) {
        let header = ReplyHeader::of(message.body.as_body());
        let is_error = header.kind.as_deref() == Some("error");
        if message.dest.is_client() && !is_error {
            self.hint(Hint::Unflushed, &text(message), "");
        }
    }

    /// Records a hint about the node.
    pub fn hint(&self, hint: Hint, text: &str, reason: &str) {
        let observed = self.shared.network.observed();
        observed.note(&self.node, hint, text, reason);
    }

    /// Whether the messages of the node are still sent.
    pub fn is_open(&self) -> bool {
        self.state.get() == State::Open
    }

    /// Records a panic of this node, even if it is reported after the node was killed.
    pub fn panicked(&self, panic: NodePanic) {
        self.shared.panics.borrow_mut().add(&self.node, panic);
    }

    /// Reports that this node exited without being killed.
    pub fn failed(&self, what: String, last_lines: Vec<String>) {
        if !self.is_open() {
            return;
        }
        // The receiver is gone if the run has ended.
        let _ = self.shared.failures.send(NodeFailure {
            node: self.node.to_string(),
            what,
            last_lines,
        });
    }

    /// Only examines messages from now on, because the run is over.
    pub(super) fn examine(&self) {
        self.state.set(State::Examined);
    }

    /// Drops all messages from now on, because the node is about to be killed.
    pub fn cut(&self) {
        self.state.set(State::Cut);
    }
}

/// Formats a message for people.
fn text(message: &Message) -> String {
    let Message { src, dest, body } = message;
    format!("{src} -> {dest}: {}", body.get())
}
