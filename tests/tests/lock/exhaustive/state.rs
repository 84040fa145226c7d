//! The nodes, the network and the store at one moment.

use mael::lock::protocol;

pub(crate) type Node = usize;

/// What one caller wants done, once. The value that the lock protects is the list of all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Change {
    pub(crate) node: Node,
    pub(crate) number: usize,
}

pub(crate) type Register = protocol::Register<Node, Vec<Change>>;

/// A compare-and-set on its way to the store.
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

/// A request that a node waits for, and the replies to it that are on their way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Attempt {
    pub(crate) from: Register,
    pub(crate) to: Register,
    pub(crate) accepted: bool,
    /// Kept under broken rules only: a refusal tells a node that it must read, which it may anyway.
    pub(crate) refused: bool,
    /// What the store said when the node read, to settle what became of this.
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
    /// Looks for a moment to acquire the lock, and knows of this register.
    Looking(Option<Register>),
    Acquiring(Attempt),
    /// Holds the lock, or thinks so; and what the store said when it looked whether it does.
    Holding(Register, Option<Register>),
    Committing(Attempt),
}

/// What a caller is told of its change. After `Lost` it is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Told {
    Done,
    Lost,
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct NodeState {
    pub(crate) doing: Doing,
    /// The number of the change that is to be made next.
    pub(crate) number: usize,
    /// What was told of each attempt at a change, made in the hold of that epoch.
    pub(crate) told: Vec<(Change, u64, Told)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) register: Register,
    /// All requests that have been sent, in an order that does not depend on when.
    pub(crate) network: Vec<Request>,
    pub(crate) nodes: Vec<NodeState>,
    /// How often the register has changed.
    pub(crate) times_changed: u64,
    /// The changes that the store has taken, each with the epoch of its hold.
    pub(crate) committed: Vec<(Change, u64)>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    /// The store takes a request, for the first time or once more.
    Take(Request),
    /// The store answers a node that reads. The node gets to know it later, or at once.
    AnswerRead(Node),
    /// A node finds out by what it has read what became of its request, or of its hold.
    Settle(Node),
    Acquire(Node),
    /// A node commits, from its hold or from a register that it has seen free.
    Commit(Node),
    /// A node sends its request again.
    Repeat(Node),
    /// A node hears that one of its requests was accepted.
    HearAccepted(Node),
    /// A node hears that one of its requests was refused.
    HearRefused(Node),
}
