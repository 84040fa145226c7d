//! The simulated network between nodes, clients and services.
//!
//! Every message is delivered at its own deadline, and partitions are tested at delivery. (The
//! original lets a message that is being delayed hold up later ones to the same destination, so
//! its figures are higher with random latencies; verdicts do not depend on it.)

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::ops::Range;
use std::rc::Rc;

use mael::NodeId;
use mael::time::{self, Duration, Instant};
use mael::wire::Message;
use tokio::sync::Notify;

use super::journal::{Event, Journal, NetStats};
use super::latency::{Distribution, Latency};
use crate::Test;

/// Someone whom messages can be delivered to.
pub trait Endpoint {
    /// Takes a message; `id` is its number on the network.
    fn deliver(&self, id: u64, message: &Message);
}

/// For each receiver, the senders that it does not hear.
pub type Grudge = BTreeMap<NodeId, BTreeSet<NodeId>>;

/// The network of one run.
pub struct Network {
    state: RefCell<State>,
    /// Told when a message is to be delivered before all others.
    sooner: Notify,
}

struct State {
    endpoints: BTreeMap<NodeId, Rc<dyn Endpoint>>,
    /// Clients that were there once; what is sent to them is taken and dropped.
    closed: BTreeSet<NodeId>,
    in_flight: BinaryHeap<Reverse<InFlight>>,
    /// The latest deadline given out to a destination for messages of servers or of clients.
    last: BTreeMap<(NodeId, bool), Instant>,
    grudge: Grudge,
    next_id: u64,
    next_client: u64,
    latency: Latency,
    loss: f64,
    handling: Option<Range<Duration>>,
    random: fastrand::Rng,
    journal: Journal,
}

/// A message on its way. The earliest comes first; among equals the one sent first.
struct InFlight {
    deadline: Instant,
    id: u64,
    message: Message,
}

impl PartialEq for InFlight {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for InFlight {}

impl PartialOrd for InFlight {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for InFlight {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.deadline, self.id).cmp(&(other.deadline, other.id))
    }
}

impl Network {
    /// A network without anybody. In simulation each delivery takes a time drawn from `handling`
    /// on top of its latency, because no time at all would hide races.
    pub(crate) fn new(
        test: &Test,
        handling: Option<Range<Duration>>,
        journal: Journal,
    ) -> Rc<Self> {
        Rc::new(Self {
            state: RefCell::new(State {
                endpoints: BTreeMap::new(),
                closed: BTreeSet::new(),
                in_flight: BinaryHeap::new(),
                last: BTreeMap::new(),
                grudge: Grudge::new(),
                next_id: 0,
                next_client: 0,
                latency: test.latency,
                loss: test.loss,
                handling,
                random: test.random("network"),
                journal,
            }),
            sooner: Notify::new(),
        })
    }

    /// Puts someone on the network, in place of who had the name before.
    pub fn register(&self, name: NodeId, endpoint: Rc<dyn Endpoint>) {
        let previous = self.state.borrow_mut().endpoints.insert(name, endpoint);
        drop(previous);
    }

    /// The name of a client that has not been there before.
    pub(crate) fn next_client(&self) -> NodeId {
        let mut state = self.state.borrow_mut();
        let name = NodeId::from(format!("c{}", state.next_client));
        state.next_client += 1;
        name
    }

    /// Takes a client off the network.
    pub(crate) fn close_client(&self, name: &NodeId) {
        let mut state = self.state.borrow_mut();
        let endpoint = state.endpoints.remove(name);
        state.closed.insert(name.clone());
        drop(state);
        drop(endpoint);
    }

    /// Takes a message, to deliver it when its time has come.
    ///
    /// # Errors
    /// When the sender or the destination is not on the network; says which.
    pub fn send(&self, message: Message) -> Result<(), String> {
        let now = time::now();
        let mut state = self.state.borrow_mut();
        let id = state.next_id;
        state.next_id += 1;
        for (key, name) in [("src", &message.src), ("dest", &message.dest)] {
            if !state.endpoints.contains_key(name) && !state.closed.contains(name) {
                return Err(format!("`{key}` {name:?} is nobody on this network"));
            }
        }
        state
            .journal
            .record(Event::Send, now.as_nanos(), id, &message);
        let of_client = message.src.is_client() || message.dest.is_client();
        if !of_client && state.loss > 0.0 && state.random.f64() < state.loss {
            return Ok(());
        }
        let deadline = state.deadline(now, &message.dest, of_client);
        if deadline == now && state.in_flight.is_empty() {
            drop(state);
            self.deliver(id, &message);
            return Ok(());
        }
        let first = state.in_flight.peek().map(|Reverse(first)| first.deadline);
        state.in_flight.push(Reverse(InFlight {
            deadline,
            id,
            message,
        }));
        drop(state);
        if first.is_none_or(|first| deadline < first) {
            self.sooner.notify_one();
        }
        Ok(())
    }

    /// Delivers messages as their time comes. Never ends.
    pub(crate) async fn run(&self) {
        loop {
            let next = self
                .state
                .borrow()
                .in_flight
                .peek()
                .map(|Reverse(next)| next.deadline);
            match next {
                None => self.sooner.notified().await,
                Some(deadline) if deadline > time::now() => {
                    tokio::select! {
                        biased;
                        () = self.sooner.notified() => {}
                        () = time::sleep_until(deadline) => {}
                    }
                }
                Some(_) => {
                    let due = self.state.borrow_mut().in_flight.pop();
                    if let Some(Reverse(due)) = due {
                        self.deliver(due.id, &due.message);
                    }
                }
            }
        }
    }

    fn deliver(&self, id: u64, message: &Message) {
        let mut state = self.state.borrow_mut();
        let cut = state.grudge.get(&message.dest);
        if cut.is_some_and(|unheard| unheard.contains(&message.src)) {
            return;
        }
        let now = time::now().as_nanos();
        state.journal.record(Event::Recv, now, id, message);
        let endpoint = state.endpoints.get(&message.dest).cloned();
        drop(state);
        if let Some(endpoint) = endpoint {
            endpoint.deliver(id, message);
        }
    }

    /// Cuts links, in place of those that were cut before.
    pub(crate) fn partition(&self, grudge: Grudge) {
        self.state.borrow_mut().grudge = grudge;
    }

    /// Mends all links.
    pub(crate) fn heal(&self) {
        self.partition(Grudge::new());
    }

    /// The messages so far.
    pub(crate) fn stats(&self) -> NetStats {
        self.state.borrow().journal.stats()
    }

    /// Ends the journal.
    ///
    /// # Errors
    /// When it could not be written.
    pub(crate) fn finish_journal(&self) -> std::io::Result<()> {
        self.state.borrow_mut().journal.finish()
    }
}

impl State {
    /// When a message sent now arrives. With a constant latency no destination is handed two
    /// messages of servers, or two of clients, in another order than they were sent in.
    fn deadline(&mut self, now: Instant, dest: &NodeId, of_client: bool) -> Instant {
        let latency = if of_client {
            Duration::ZERO
        } else {
            self.latency.draw(&mut self.random)
        };
        let Some(handling) = &self.handling else {
            return now + latency;
        };
        let (from, to) = (
            handling.start.as_nanos() as u64,
            handling.end.as_nanos() as u64,
        );
        let handling = Duration::from_nanos(self.random.u64(from..to));
        let deadline = now + latency + handling;
        if !of_client && self.latency.distribution != Distribution::Constant {
            return deadline;
        }
        let last = self.last.entry((dest.clone(), of_client)).or_default();
        *last = deadline.max(*last);
        *last
    }
}
