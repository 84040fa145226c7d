//! The state of the nodes, the network and the store.

use mael::lock::protocol;

pub(crate) type Node = usize;

/// One change requested by a caller. The value that the lock protects is the list of all changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Change {
    pub(crate) node: Node,
    pub(crate) number: usize,
}

pub(crate) type Register = protocol::Register<Node, Vec<Change>>;

/// A compare-and-set request in flight to the store.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Request {
    pub(crate) sender: Node,
    pub(crate) from: Register,
    pub(crate) to: Register,
}

impl Request {
    pub(crate) fn is_commit(&self) -> bool {
        self.to.owner.is_none()
    }

    pub(crate) fn order(&self) -> impl Ord {
        let Register { epoch, value, .. } = &self.to;
        (self.sender, self.from.epoch, *epoch, value)
    }
}

/// A request that a node waits for, and the replies to it that are in flight.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Attempt {
    pub(crate) from: Register,
    pub(crate) to: Register,
    pub(crate) accepted: bool,
    /// Recorded only under incorrect rules: after a rejection a node reads, which it may also do at
    /// any other time.
    pub(crate) refused: bool,
    /// The register that the node read to settle the outcome of this attempt.
    pub(crate) read: Option<Register>,
}

impl Attempt {
    pub(crate) fn new(from: Register, to: Register) -> Self {
        Self {
            from,
            to,
            accepted: false,
            refused: false,
            read: None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Doing {
    /// Waits to acquire the lock. Holds the register that the node read last.
    Looking(Option<Register>),
    Acquiring(Attempt),
    /// Holds the lock, or assumes so. Contains the register it acquired, and the one it read to
    /// check that.
    Holding(Register, Option<Register>),
    Committing(Attempt),
}

/// The outcome of a change as returned to its caller. After `Lost` it is retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Outcome {
    Done,
    Lost,
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct NodeState {
    pub(crate) doing: Doing,
    /// The number of the next change.
    pub(crate) number: usize,
    /// The outcome of each attempt at a change, with the epoch of its hold.
    pub(crate) outcomes: Vec<(Change, u64, Outcome)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) register: Register,
    /// All requests that have been sent, sorted, so that the order of sending does not matter.
    pub(crate) network: Vec<Request>,
    pub(crate) nodes: Vec<NodeState>,
    /// The number of times the register has changed.
    pub(crate) times_changed: u64,
    /// The changes that the store has accepted, each with the epoch of its hold.
    pub(crate) committed: Vec<(Change, u64)>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    /// The store processes a request, for the first time or again.
    Process(Request),
    /// The store replies to a node that reads. The node may process the reply later.
    AnswerRead(Node),
    /// A node settles the outcome of its request or its hold by what it has read.
    Settle(Node),
    Acquire(Node),
    /// A node commits, from its hold or from a free register that it has read.
    Commit(Node),
    /// A node sends its request again.
    Repeat(Node),
    /// A node receives the reply that one of its requests was accepted.
    ReceiveAccepted(Node),
    /// A node receives the reply that one of its requests was rejected.
    ReceiveRefused(Node),
}
