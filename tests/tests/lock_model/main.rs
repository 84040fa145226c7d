//! Every history that the lock's protocol can have, within bounds.
//!
//! What is explored is [`mael::lock::protocol`] itself, with nodes around it that do what the lock
//! does, and more: they act on what they have read at any time later, take a lock over whenever
//! they like, and settle by reading whenever they wait. Leases are there for progress only, so the
//! model has no time. A node that never acts again is one that has died; one that starts
//! again is another.
//!
//! A request that has been sent stays on the network for ever. The store may take it at any time,
//! any number of times, or never, and so it is with its replies: that is to be delayed, lost,
//! duplicated and reordered.

use std::thread;

use mael::lock::protocol::{self, Settled};
use stateright::{Checker, HasDiscoveries, Model, Property};

type Node = usize;

/// What one caller wants done, once. The value that the lock protects is the list of all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Change {
    node: Node,
    number: usize,
}

type Register = protocol::Register<Node, Vec<Change>>;

/// The protocol, and ways to get it wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rules {
    /// As it is.
    Right,
    /// A commit asks only who owns the lock, not since when.
    CommitOfAnyEpoch,
    /// Any commit since counts as one's own.
    AnyLaterCommitIsMine,
    /// An acquisition is repeated with a new epoch, not as it was.
    RepeatedWithNewEpoch,
    /// A commit that is refused is taken to have failed, though it may have been repeated.
    RefusedIsLost,
    /// A hold that is over without its owner knowing how is taken to be lost.
    UnknownIsLost,
    /// An acquisition does not raise the epoch.
    AcquiredInSameEpoch,
}

/// The bounds of an exploration.
#[derive(Clone, Debug)]
struct Lock {
    rules: Rules,
    /// How many changes the callers of each node want.
    changes: Vec<usize>,
    /// Beyond this epoch nothing is sent.
    last_epoch: u64,
}

/// A compare-and-set on its way to the store.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Request {
    sender: Node,
    from: Register,
    to: Register,
}

impl Request {
    fn is_commit(&self) -> bool {
        self.to.owner.is_none()
    }

    fn order(&self) -> impl Ord {
        let Register { epoch, value, .. } = &self.to;
        (self.sender, self.from.epoch, *epoch, value)
    }
}

/// A request that a node waits for, and the replies to it that are on their way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Attempt {
    from: Register,
    to: Register,
    accepted: bool,
    /// Kept under broken rules only: a refusal tells a node that it must read, which it may anyway.
    refused: bool,
    /// What the store said when the node read, to settle what became of this.
    read: Option<Register>,
}

impl Attempt {
    fn new(from: Register, to: Register) -> Self {
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
enum Doing {
    /// Looks for a moment to acquire the lock, and knows of this register.
    Looking(Option<Register>),
    Acquiring(Attempt),
    /// Holds the lock, or thinks so; and what the store said when it looked whether it does.
    Holding(Register, Option<Register>),
    Committing(Attempt),
}

/// What a caller is told of its change. After `Lost` it is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Told {
    Done,
    Lost,
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct NodeState {
    doing: Doing,
    /// The number of the change that is to be made next.
    number: usize,
    /// What was told of each attempt at a change, made in the hold of that epoch.
    told: Vec<(Change, u64, Told)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    register: Register,
    /// All requests that have been sent, in an order that does not depend on when.
    network: Vec<Request>,
    nodes: Vec<NodeState>,
    /// How often the register has changed.
    times_changed: u64,
    /// The changes that the store has taken, each with the epoch of its hold.
    committed: Vec<(Change, u64)>,
}

#[derive(Clone, Debug, PartialEq)]
enum Step {
    /// The store takes a request, for the first time or once more.
    Take(Request),
    /// The store answers a node that reads. The node gets to know it later, or at once.
    AnswerRead(Node),
    /// A node finds out by what it has read what became of its request, or of its hold.
    Settle(Node),
    Acquire(Node),
    Commit(Node),
    /// A node sends its request again.
    Repeat(Node),
    /// A node hears that one of its requests was accepted.
    HearAccepted(Node),
    /// A node hears that one of its requests was refused.
    HearRefused(Node),
}

impl Lock {
    fn new(rules: Rules, changes: &[usize], last_epoch: u64) -> Self {
        Self {
            rules,
            changes: changes.to_vec(),
            last_epoch,
        }
    }

    /// Explores all there is, or only up to `end`.
    fn explore(self, end: HasDiscoveries) -> impl Checker<Self> {
        let checker = self
            .checker()
            .threads(thread::available_parallelism().map_or(1, usize::from))
            .finish_when(end)
            .spawn_bfs()
            .join();
        println!(
            "{:?}: {} states, {} steps deep",
            checker.model(),
            checker.unique_state_count(),
            checker.max_depth()
        );
        checker
    }

    /// The register that a node makes when it acquires the lock.
    fn acquired(&self, from: &Register, node: Node) -> Register {
        let to = from.acquired(node);
        match self.rules {
            Rules::AcquiredInSameEpoch => Register {
                epoch: from.epoch,
                ..to
            },
            _ => to,
        }
    }

    /// Whether the store finds what a request expects.
    fn matches(&self, request: &Request, register: &Register) -> bool {
        match self.rules {
            Rules::CommitOfAnyEpoch if request.is_commit() => register.owner == request.from.owner,
            _ => *register == request.from,
        }
    }

    fn settle_commit(&self, held: &Register, seen: &Register) -> Settled {
        match (self.rules, held.settle_commit(seen)) {
            (Rules::AnyLaterCommitIsMine, Settled::Unknown) if seen.committed > held.epoch => {
                Settled::Done
            }
            (Rules::UnknownIsLost, Settled::Unknown) => Settled::Lost,
            (_, settled) => settled,
        }
    }

    fn is_within(&self, to: &Register) -> bool {
        to.epoch <= self.last_epoch
    }
}

impl NodeState {
    /// Tells the caller what became of its change, and turns to the next one if it is over.
    fn tell(&mut self, node: Node, hold: u64, told: Told) {
        let number = self.number;
        self.told.push((Change { node, number }, hold, told));
        if told != Told::Lost {
            self.number += 1;
        }
    }
}

impl State {
    fn send(&mut self, sender: Node, attempt: &Attempt) {
        let request = Request {
            sender,
            from: attempt.from.clone(),
            to: attempt.to.clone(),
        };
        if !self.network.contains(&request) {
            self.network.push(request);
            self.network.sort_by(|a, b| a.order().cmp(&b.order()));
        }
    }

    /// The store takes a request. Its reply is of use to nobody if its sender waits no more.
    fn take(&mut self, lock: &Lock, request: Request) {
        let accepted = lock.matches(&request, &self.register);
        if accepted {
            if request.is_commit() {
                let change = *request.to.value.last().expect("a commit is a change");
                self.committed.push((change, request.from.epoch));
            }
            self.register = request.to.clone();
            self.times_changed += 1;
        }
        if let Doing::Acquiring(attempt) | Doing::Committing(attempt) =
            &mut self.nodes[request.sender].doing
            && attempt.from == request.from
        {
            attempt.accepted |= accepted;
            attempt.refused |= !accepted && lock.rules == Rules::RefusedIsLost;
        }
    }

    fn answer_read(&mut self, node: Node) {
        let register = self.register.clone();
        match &mut self.nodes[node].doing {
            Doing::Looking(seen) => *seen = Some(register),
            Doing::Acquiring(attempt) | Doing::Committing(attempt) => attempt.read = Some(register),
            Doing::Holding(_, seen) => *seen = Some(register),
        }
    }

    fn settle(&mut self, lock: &Lock, node: Node) -> Option<()> {
        let state = &mut self.nodes[node];
        match &mut state.doing {
            Doing::Acquiring(attempt) => {
                let seen = attempt.read.take()?;
                match attempt.to.settle_acquire(&seen) {
                    Settled::Done => state.doing = Doing::Holding(attempt.to.clone(), None),
                    Settled::Retry => {}
                    Settled::Lost | Settled::Unknown => state.doing = Doing::Looking(Some(seen)),
                }
            }
            Doing::Committing(attempt) => {
                let (seen, hold) = (attempt.read.take()?, attempt.from.epoch);
                let told = match lock.settle_commit(&attempt.from, &seen) {
                    Settled::Retry => return Some(()),
                    Settled::Done => Told::Done,
                    Settled::Lost => Told::Lost,
                    Settled::Unknown => Told::Unknown,
                };
                state.doing = Doing::Looking(None);
                state.tell(node, hold, told);
            }
            Doing::Holding(held, read) => {
                let (seen, hold) = (read.take()?, held.epoch);
                if held.is_lost(&seen) {
                    state.doing = Doing::Looking(None);
                    state.tell(node, hold, Told::Lost);
                }
            }
            Doing::Looking(_) => return None,
        }
        Some(())
    }

    fn acquire(&mut self, lock: &Lock, node: Node) -> Option<()> {
        let Doing::Looking(Some(seen)) = &self.nodes[node].doing else {
            return None;
        };
        let attempt = Attempt::new(seen.clone(), lock.acquired(seen, node));
        self.send(node, &attempt);
        self.nodes[node].doing = Doing::Acquiring(attempt);
        Some(())
    }

    fn commit(&mut self, node: Node) -> Option<()> {
        let number = self.nodes[node].number;
        let Doing::Holding(held, _) = &self.nodes[node].doing else {
            return None;
        };
        let mut value = held.value.clone();
        value.push(Change { node, number });
        let attempt = Attempt::new(held.clone(), held.committed(value));
        self.send(node, &attempt);
        self.nodes[node].doing = Doing::Committing(attempt);
        Some(())
    }

    /// The very same request is on the network already, so that only broken rules make a difference.
    fn repeat(&mut self, lock: &Lock, node: Node) -> Option<()> {
        let Doing::Acquiring(attempt) = &mut self.nodes[node].doing else {
            return None;
        };
        if lock.rules != Rules::RepeatedWithNewEpoch {
            return None;
        }
        attempt.to.epoch += 1;
        if !lock.is_within(&attempt.to) {
            return None;
        }
        let attempt = attempt.clone();
        self.send(node, &attempt);
        Some(())
    }

    fn hear_accepted(&mut self, node: Node) -> Option<()> {
        let state = &mut self.nodes[node];
        match &state.doing {
            Doing::Acquiring(attempt) if attempt.accepted => {
                state.doing = Doing::Holding(attempt.to.clone(), None);
            }
            Doing::Committing(attempt) if attempt.accepted => {
                let hold = attempt.from.epoch;
                // What it left in the register may still be there.
                state.doing = Doing::Looking(Some(attempt.to.clone()));
                state.tell(node, hold, Told::Done);
            }
            _ => return None,
        }
        Some(())
    }

    fn hear_refused(&mut self, lock: &Lock, node: Node) -> Option<()> {
        let state = &mut self.nodes[node];
        let Doing::Committing(attempt) = &state.doing else {
            return None;
        };
        if lock.rules != Rules::RefusedIsLost || !attempt.refused {
            return None;
        }
        let hold = attempt.from.epoch;
        state.doing = Doing::Looking(None);
        state.tell(node, hold, Told::Lost);
        Some(())
    }
}

/// What the properties look at.
impl State {
    /// The attempts whose callers were told this.
    fn told(&self, what: Told) -> impl Iterator<Item = (Change, u64)> {
        let all = self.nodes.iter().flat_map(|node| &node.told);
        let told = all.filter(move |(_, _, told)| *told == what);
        told.map(|(change, hold, _)| (*change, *hold))
    }

    fn times_committed(&self, change: Change) -> usize {
        let times = self.committed.iter();
        times.filter(|(committed, _)| *committed == change).count()
    }

    /// Whether some node is about to find this out about its acquisition.
    fn settles_acquire(&self, settled: Settled) -> bool {
        self.nodes.iter().any(|node| match &node.doing {
            Doing::Acquiring(Attempt {
                to,
                read: Some(seen),
                ..
            }) => to.settle_acquire(seen) == settled,
            _ => false,
        })
    }

    /// Whether some node is about to find this out about its commit.
    fn settles_commit(&self, settled: Settled) -> bool {
        self.nodes.iter().any(|node| match &node.doing {
            Doing::Committing(Attempt {
                from,
                read: Some(seen),
                ..
            }) => from.settle_commit(seen) == settled,
            _ => false,
        })
    }
}

const EACH_SUCCEEDS: &str = "every committed value is the successor of the one before it";
const EPOCHS_COUNT: &str = "every change raises the epoch by one";
const NONE_LOST: &str = "no update that was acknowledged is lost";
const NONE_TWICE: &str = "no change is made twice";
const DONE: &str = "a change whose caller was told Done was made in its hold";
const LOST: &str = "a change whose caller was told Lost was not made in its hold, and never is";
const UNKNOWN: &str = "a change whose caller was told Unknown is made at most once";
const PROMISES: [&str; 7] = [
    EACH_SUCCEEDS,
    EPOCHS_COUNT,
    NONE_LOST,
    NONE_TWICE,
    DONE,
    LOST,
    UNKNOWN,
];

impl Model for Lock {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        let node = NodeState {
            doing: Doing::Looking(None),
            number: 0,
            told: Vec::new(),
        };
        vec![State {
            register: Register::default(),
            network: Vec::new(),
            nodes: vec![node; self.changes.len()],
            times_changed: 0,
            committed: Vec::new(),
        }]
    }

    fn actions(&self, state: &State, steps: &mut Vec<Step>) {
        steps.extend(state.network.iter().cloned().map(Step::Take));
        for (node, NodeState { doing, number, .. }) in state.nodes.iter().enumerate() {
            match doing {
                Doing::Looking(_) if *number == self.changes[node] => {}
                Doing::Looking(seen) => {
                    steps.push(Step::AnswerRead(node));
                    let seen = seen.as_ref();
                    if seen.is_some_and(|seen| self.is_within(&self.acquired(seen, node))) {
                        steps.push(Step::Acquire(node));
                    }
                }
                Doing::Holding(held, read) => {
                    steps.push(match read {
                        Some(_) => Step::Settle(node),
                        None => Step::AnswerRead(node),
                    });
                    if self.is_within(&held.committed(Vec::new())) {
                        steps.push(Step::Commit(node));
                    }
                }
                Doing::Acquiring(attempt) | Doing::Committing(attempt) => {
                    steps.push(match attempt.read {
                        Some(_) => Step::Settle(node),
                        None => Step::AnswerRead(node),
                    });
                    steps.extend([
                        Step::HearAccepted(node),
                        Step::HearRefused(node),
                        Step::Repeat(node),
                    ]);
                }
            }
        }
    }

    fn next_state(&self, last: &State, step: Step) -> Option<State> {
        let mut state = last.clone();
        match step {
            Step::Take(request) => state.take(self, request),
            Step::AnswerRead(node) => state.answer_read(node),
            Step::Settle(node) => state.settle(self, node)?,
            Step::Acquire(node) => state.acquire(self, node)?,
            Step::Commit(node) => state.commit(node)?,
            Step::Repeat(node) => state.repeat(self, node)?,
            Step::HearAccepted(node) => state.hear_accepted(node)?,
            Step::HearRefused(node) => state.hear_refused(self, node)?,
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(EACH_SUCCEEDS, |_, state: &State| {
                let committed = state.committed.iter().map(|(change, _)| change);
                state.register.value.iter().eq(committed)
            }),
            Property::always(EPOCHS_COUNT, |_, state: &State| {
                state.register.epoch == state.times_changed
            }),
            Property::always(NONE_LOST, |_, state: &State| {
                state
                    .told(Told::Done)
                    .all(|(change, _)| state.register.value.contains(&change))
            }),
            Property::always(NONE_TWICE, |_, state: &State| {
                state
                    .committed
                    .iter()
                    .all(|(change, _)| state.times_committed(*change) == 1)
            }),
            Property::always(DONE, |_, state: &State| {
                state
                    .told(Told::Done)
                    .all(|attempt| state.committed.contains(&attempt))
            }),
            Property::always(LOST, |_, state: &State| {
                !state
                    .told(Told::Lost)
                    .any(|attempt| state.committed.contains(&attempt))
            }),
            Property::always(UNKNOWN, |_, state: &State| {
                state
                    .told(Told::Unknown)
                    .all(|(change, _)| state.times_committed(change) <= 1)
            }),
            // What must be among the histories, lest those above hold of nothing much.
            Property::sometimes("a holder is taken over", |_, state: &State| {
                state.nodes.iter().any(|node| match &node.doing {
                    Doing::Holding(held, _) => held.epoch < state.register.epoch,
                    _ => false,
                })
            }),
            Property::sometimes("a caller is told Lost", |_, state: &State| {
                state.told(Told::Lost).next().is_some()
            }),
            Property::sometimes(
                "a holder finds out before it commits",
                |_, state: &State| {
                    state.nodes.iter().any(|node| match &node.doing {
                        Doing::Holding(held, Some(seen)) => held.is_lost(seen),
                        _ => false,
                    })
                },
            ),
            Property::sometimes("an unknown change was made", |_, state: &State| {
                state
                    .told(Told::Unknown)
                    .any(|attempt| state.committed.contains(&attempt))
            }),
            Property::sometimes("an unknown change was not made", |_, state: &State| {
                state
                    .told(Told::Unknown)
                    .any(|attempt| !state.committed.contains(&attempt))
            }),
            Property::sometimes(
                "a lost change is made in a later hold",
                |_, state: &State| {
                    state
                        .told(Told::Lost)
                        .any(|(change, _)| state.times_committed(change) == 1)
                },
            ),
            Property::sometimes("an acquisition is settled", |_, state: &State| {
                state.settles_acquire(Settled::Done)
            }),
            Property::sometimes("an acquisition is tried again", |_, state: &State| {
                state.settles_acquire(Settled::Retry)
            }),
            Property::sometimes("an acquisition is lost", |_, state: &State| {
                state.settles_acquire(Settled::Lost)
            }),
            Property::sometimes("a commit is settled", |_, state: &State| {
                state.settles_commit(Settled::Done)
            }),
            Property::sometimes("a commit is tried again", |_, state: &State| {
                state.settles_commit(Settled::Retry)
            }),
        ]
    }
}

/// Explores all there is; every property must hold, and every outcome must be among it.
fn holds(lock: Lock) {
    lock.explore(HasDiscoveries::AnyFailures)
        .assert_properties();
}

/// Explores these rules up to a history in which the property does not hold.
fn breaks(rules: Rules, property: &'static str) {
    let lock = Lock::new(rules, &[2, 1], 6);
    let checker = lock.explore(HasDiscoveries::AnyOf([property].into()));
    checker.assert_any_discovery(property);
}

#[test]
fn two_nodes_keep_every_promise() {
    holds(Lock::new(Rules::Right, &[2, 2], 5));
}

#[test]
#[ignore = "it takes minutes even in an optimized build"]
fn two_nodes_keep_every_promise_for_longer() {
    holds(Lock::new(Rules::Right, &[2, 2], 8));
}

#[test]
fn three_nodes_keep_every_promise() {
    // These bounds are too narrow for some of the outcomes.
    let checker = Lock::new(Rules::Right, &[1, 1, 1], 3).explore(HasDiscoveries::AnyFailures);
    for property in PROMISES {
        checker.assert_no_discovery(property);
    }
}

#[test]
#[ignore = "it takes minutes even in an optimized build"]
fn three_nodes_keep_every_promise_for_longer() {
    holds(Lock::new(Rules::Right, &[1, 1, 1], 4));
}

#[test]
fn a_commit_that_asks_only_for_the_owner_loses_updates() {
    breaks(Rules::CommitOfAnyEpoch, NONE_LOST);
}

#[test]
fn a_commit_that_takes_any_later_one_for_its_own_loses_updates() {
    breaks(Rules::AnyLaterCommitIsMine, NONE_LOST);
    breaks(Rules::AnyLaterCommitIsMine, DONE);
}

#[test]
fn an_acquisition_repeated_with_a_new_epoch_loses_updates() {
    breaks(Rules::RepeatedWithNewEpoch, NONE_LOST);
}

#[test]
fn an_acquisition_in_the_same_epoch_loses_updates() {
    breaks(Rules::AcquiredInSameEpoch, NONE_LOST);
}

#[test]
fn a_refused_commit_that_is_taken_for_lost_is_made_twice() {
    breaks(Rules::RefusedIsLost, NONE_TWICE);
    breaks(Rules::RefusedIsLost, LOST);
}

#[test]
fn a_commit_of_unknown_outcome_that_is_taken_for_lost_is_made_twice() {
    breaks(Rules::UnknownIsLost, NONE_TWICE);
    breaks(Rules::UnknownIsLost, LOST);
}
