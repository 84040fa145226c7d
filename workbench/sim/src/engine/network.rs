//! The simulated network between nodes, clients and services, with its endpoints, its partitions,
//! and the messages in flight and their journal.
//!
//! [`Delivery`] decides when a message is delivered; partitions are tested at that time.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::future::poll_fn;
use std::ops::Range;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use mael::NodeId;
use mael::protocol::Message;
use mael::time::{self, Duration, Instant};
use mael_history::net::{Event, NetStats};
use rustc_hash::FxHashMap;

use super::delivery::{Delivery, RecordedDeliveries};
use super::event_queue::{EventQueue, EventSource};
use super::hint::Observed;
use super::journal::Journal;
use super::schedule::LinkFault;
use crate::options::Options;

/// A destination of messages: a node, a client or a service.
pub trait Endpoint {
    /// Receives a message at time `now`; `id` is its number on the network.
    fn deliver(&self, now: Instant, id: u64, message: &Message);
}

/// For each receiver, the senders whose messages don't reach it.
pub type Grudge = BTreeMap<NodeId, BTreeSet<NodeId>>;

/// The network of one run.
pub struct Network {
    state: RefCell<State>,
    /// The waker of the task that delivers messages. It is woken when a message is due before all
    /// others.
    delivery_task: Cell<Option<Waker>>,
    /// Hints that explain requests without a usable reply.
    observed: Rc<Observed>,
}

struct State {
    /// `None` for a client that has left. Messages to it are accepted and dropped.
    endpoints: FxHashMap<NodeId, Option<Rc<dyn Endpoint>>>,
    /// Messages in flight, with their numbers.
    in_flight: EventQueue<(u64, Message)>,
    /// The cut links.
    grudge: Grudge,
    next_id: u64,
    next_client: u64,
    delivery: Delivery,
    journal: Journal,
}

impl Network {
    /// Creates a network without endpoints. In simulation, each delivery takes an additional time
    /// drawn from `processing_delay`.
    pub(crate) fn new(
        options: &Options,
        processing_delay: Option<Range<Duration>>,
        journal: Journal,
    ) -> Rc<Self> {
        Rc::new(Self {
            state: RefCell::new(State {
                endpoints: FxHashMap::default(),
                in_flight: EventQueue::default(),
                grudge: Grudge::new(),
                next_id: 0,
                next_client: 0,
                delivery: Delivery::new(options, processing_delay),
                journal,
            }),
            delivery_task: Cell::default(),
            observed: Rc::default(),
        })
    }

    /// Drops and duplicates only the messages that a schedule names.
    pub(super) fn replay(&self, links: &[LinkFault]) {
        self.state.borrow_mut().delivery.replay(links);
    }

    /// Delivers messages as in a recorded run.
    pub(super) fn repeat(&self, recorded: RecordedDeliveries) {
        self.state.borrow_mut().delivery.repeat(recorded);
    }

    /// Takes the messages so far that were not delivered exactly once.
    pub(super) fn take_link_faults(&self) -> Vec<LinkFault> {
        self.state.borrow_mut().delivery.take_link_faults()
    }

    /// Adds an endpoint to the network, and replaces the previous one with the same name.
    pub fn register(&self, name: NodeId, endpoint: Rc<dyn Endpoint>) {
        let mut state = self.state.borrow_mut();
        let previous = state.endpoints.insert(name, Some(endpoint));
        drop(state);
        drop(previous);
    }

    /// Returns the range of the time that a delivery takes in addition to its latency, in
    /// simulation.
    pub(crate) fn processing_delay(&self) -> Option<Range<Duration>> {
        self.state.borrow().delivery.processing_delay()
    }

    /// Returns a new name for a client.
    pub(crate) fn next_client(&self) -> NodeId {
        let mut state = self.state.borrow_mut();
        let name = NodeId::from(format!("c{}", state.next_client));
        state.next_client += 1;
        name
    }

    /// Removes a client from the network.
    pub(crate) fn close_client(&self, name: &NodeId) {
        let mut state = self.state.borrow_mut();
        let endpoint = state.endpoints.get_mut(name).and_then(Option::take);
        drop(state);
        drop(endpoint);
    }

    /// Whether a client was on the network and has left it.
    pub(super) fn has_left(&self, client: &NodeId) -> bool {
        let state = self.state.borrow();
        state.endpoints.get(client).is_some_and(Option::is_none)
    }

    /// Hints that explain requests without a usable reply.
    pub(super) fn observed(&self) -> &Rc<Observed> {
        &self.observed
    }

    /// Sends a message, which is delivered when it is due.
    ///
    /// # Errors
    /// Returns an error if the source or the destination is not on the network. The message names
    /// it.
    pub fn send(&self, message: Message) -> Result<(), String> {
        let now = time::now();
        let mut state = self.state.borrow_mut();
        let id = state.next_id;
        state.next_id += 1;
        for (role, name) in [("source", &message.src), ("destination", &message.dest)] {
            if !state.endpoints.contains_key(name) {
                return Err(format!("unknown {role} {name:?}"));
            }
        }
        state
            .journal
            .record(Event::Send, now.as_nanos(), id, &message);
        let [deadline, second] = state.delivery.deadlines(now, &message);
        drop(state);
        let copy = second.map(|deadline| (deadline, message.clone()));
        let first = deadline.map(|deadline| (deadline, message));
        for (deadline, message) in first.into_iter().chain(copy) {
            self.forward(now, deadline, id, message);
        }
        Ok(())
    }

    /// Queues one copy of a message, or delivers it immediately if it is due.
    fn forward(&self, now: Instant, deadline: Instant, id: u64, message: Message) {
        let mut state = self.state.borrow_mut();
        let first = state.in_flight.next_time();
        if deadline == now && first.is_none() {
            drop(state);
            self.deliver(now, id, &message);
            return;
        }
        state.in_flight.add(deadline, (id, message));
        drop(state);
        if first.is_none_or(|first| deadline < first) {
            self.wake_delivery_task();
        }
    }

    /// Delivers messages when they are due. Never completes. Not needed if the caller advances time
    /// and delivers messages through [`EventSource`].
    pub(crate) async fn run(&self) {
        let mut timer = None::<(Instant, time::Sleep)>;
        poll_fn(|cx| -> Poll<()> {
            while let Some(next) = self.deliver_due(time::now()) {
                let sleep = match &mut timer {
                    Some((deadline, sleep)) if *deadline == next => sleep,
                    other => &mut other.insert((next, time::sleep_until(next))).1,
                };
                if Pin::new(sleep).poll(cx).is_pending() {
                    break;
                }
                timer = None;
            }
            self.delivery_task.set(Some(cx.waker().clone()));
            Poll::Pending
        })
        .await;
    }

    /// Delivers the messages that are due, and returns when the next one is due.
    fn deliver_due(&self, now: Instant) -> Option<Instant> {
        loop {
            let mut state = self.state.borrow_mut();
            let next = state.in_flight.next_time()?;
            if next > now {
                return Some(next);
            }
            let (_, (id, message)) = state.in_flight.pop()?;
            drop(state);
            self.deliver(now, id, &message);
        }
    }

    fn wake_delivery_task(&self) {
        if let Some(delivery_task) = self.delivery_task.take() {
            delivery_task.wake();
        }
    }

    fn deliver(&self, now: Instant, id: u64, message: &Message) {
        let mut state = self.state.borrow_mut();
        if state.is_cut(message) {
            return;
        }
        state
            .journal
            .record(Event::Recv, now.as_nanos(), id, message);
        let endpoint = state.endpoints.get(&message.dest).cloned().flatten();
        drop(state);
        if let Some(endpoint) = endpoint {
            endpoint.deliver(now, id, message);
        }
    }

    /// Cuts these links, and heals all others.
    pub(crate) fn partition(&self, grudge: Grudge) {
        self.state.borrow_mut().grudge = grudge;
    }

    /// Heals all links.
    pub(crate) fn heal(&self) {
        self.state.borrow_mut().grudge.clear();
    }

    /// Stops all link faults except partitions: see [`Delivery::stop_faults`].
    pub(super) fn stop_faults(&self) {
        self.state.borrow_mut().delivery.stop_faults();
    }

    /// Removes all endpoints.
    pub(crate) fn clear(&self) {
        let endpoints = std::mem::take(&mut self.state.borrow_mut().endpoints);
        drop(endpoints);
    }

    /// Returns the statistics of the messages so far.
    pub(crate) fn stats(&self) -> NetStats {
        self.state.borrow().journal.stats()
    }

    /// Finishes the journal.
    ///
    /// # Errors
    /// Returns an error if an event could not be written.
    pub(crate) fn finish_journal(&self) -> std::io::Result<()> {
        self.state.borrow_mut().journal.finish()
    }
}

impl EventSource for Network {
    fn next_time(&self) -> Option<Instant> {
        self.state.borrow_mut().in_flight.next_time()
    }

    fn process_due(&self, now: Instant) {
        self.deliver_due(now);
    }
}

impl State {
    /// Whether the link of a message is cut.
    fn is_cut(&self, message: &Message) -> bool {
        let unheard = self.grudge.get(&message.dest);
        unheard.is_some_and(|unheard| unheard.contains(&message.src))
    }
}

#[cfg(test)]
mod tests {
    use mael::executor::{Scope, spawn};
    use mael::protocol::SharedBody;
    use serde_json::value::RawValue;

    use super::*;
    use crate::engine::Nowhere;
    use crate::simulation::PROCESSING_DELAY;
    use crate::simulation::clock::{Clock, VirtualTime};

    /// Records the time and the body of each message.
    #[derive(Default)]
    struct Inbox(RefCell<Vec<(u64, String)>>);

    impl Endpoint for Inbox {
        fn deliver(&self, now: Instant, _: u64, message: &Message) {
            let millis = now.as_nanos() / 1_000_000;
            self.0
                .borrow_mut()
                .push((millis, message.body.get().to_owned()));
        }
    }

    /// For each endpoint, the time in milliseconds and the body of each message.
    type Received = BTreeMap<&'static str, Vec<(u64, String)>>;

    /// Runs `test` in virtual time on a network with two nodes, a service and a client, and returns
    /// what each of them received.
    fn run<F: Future<Output = ()> + 'static>(
        options: Options,
        processing_delay: Option<Range<Duration>>,
        test: impl FnOnce(Rc<Network>) -> F + 'static,
    ) -> (Received, NetStats) {
        let time = Rc::new(VirtualTime::default());
        let scope = Scope::new(Rc::new(Clock::new(&time, fastrand::Rng::with_seed(0))));
        time.block_on(scope.run(async move {
            let network = Network::new(
                &options,
                processing_delay,
                Journal::new(Rc::new(Nowhere), &options),
            );
            let mut inboxes = BTreeMap::new();
            for name in ["n0", "n1", "lin-kv", "c0"] {
                let inbox = Rc::<Inbox>::default();
                network.register(NodeId::from(name), Rc::clone(&inbox) as Rc<dyn Endpoint>);
                inboxes.insert(name, inbox);
            }
            spawn({
                let network = Rc::clone(&network);
                async move { network.run().await }
            });
            test(Rc::clone(&network)).await;
            time::sleep(Duration::from_secs(3600)).await;
            let stats = network.stats();
            (
                inboxes
                    .into_iter()
                    .map(|(name, inbox)| (name, inbox.0.take()))
                    .collect(),
                stats,
            )
        }))
        .unwrap()
    }

    fn latency(mean: u64) -> Options {
        Options {
            latency: mean,
            ..Options::default()
        }
    }

    fn send(network: &Network, src: &str, dest: &str, body: u64) {
        let body = RawValue::from_string(body.to_string()).unwrap();
        let message = Message {
            src: NodeId::from(src),
            dest: NodeId::from(dest),
            body: body.into(),
        };
        network.send(message).unwrap();
    }

    #[test]
    fn only_messages_between_servers_are_delayed() {
        let (inboxes, stats) = run(latency(1000), None, async |network| {
            send(&network, "n0", "n1", 1);
            send(&network, "c0", "n1", 2);
            send(&network, "n0", "lin-kv", 3);
            send(&network, "n1", "c0", 4);
        });
        let bodies = |bodies: &[(u64, &str)]| {
            bodies
                .iter()
                .map(|(at, body)| (*at, (*body).to_owned()))
                .collect::<Vec<_>>()
        };
        assert_eq!(inboxes["n1"], bodies(&[(0, "2"), (1000, "1")]));
        assert_eq!(inboxes["lin-kv"], bodies(&[(1000, "3")]));
        assert_eq!(inboxes["c0"], bodies(&[(0, "4")]));
        assert_eq!((stats.clients.send, stats.servers.recv), (2, 2));
    }

    #[test]
    fn a_constant_latency_keeps_the_order_at_each_destination() {
        let (inboxes, _) = run(latency(10), Some(PROCESSING_DELAY), async |network| {
            for body in 0..1000 {
                send(
                    &network,
                    if body % 2 == 0 { "n0" } else { "lin-kv" },
                    "n1",
                    body,
                );
            }
        });
        let received = inboxes["n1"].iter().map(|(_, body)| body.parse().unwrap());
        assert_eq!(
            received.collect::<Vec<u64>>(),
            (0..1000).collect::<Vec<_>>()
        );
    }

    #[test]
    fn a_cut_link_drops_messages_at_delivery_and_only_in_one_direction() {
        let (inboxes, stats) = run(latency(10), None, async |network| {
            let cut = BTreeSet::from([NodeId::from("n0")]);
            send(&network, "n0", "n1", 1);
            network.partition(Grudge::from([(NodeId::from("n1"), cut)]));
            time::sleep(Duration::from_millis(20)).await;
            send(&network, "n1", "n0", 2);
            send(&network, "lin-kv", "n1", 3);
            send(&network, "c0", "n1", 4);
            time::sleep(Duration::from_millis(20)).await;
            send(&network, "n0", "n1", 5);
            network.heal();
        });
        let bodies = |name| {
            inboxes[name]
                .iter()
                .map(|(_, body)| &**body)
                .collect::<Vec<_>>()
        };
        assert_eq!(bodies("n1"), ["4", "3", "5"]);
        assert_eq!(bodies("n0"), ["2"]);
        assert_eq!((stats.servers.send, stats.servers.recv), (4, 3));
    }

    #[test]
    fn a_duplicate_is_sent_once_and_received_twice() {
        let options = Options {
            duplicate: 0.3,
            ..latency(10)
        };
        let (inboxes, stats) = run(options, Some(PROCESSING_DELAY), async |network| {
            for body in 0..10_000 {
                send(&network, "n0", "n1", body);
                send(&network, "c0", "n0", body);
            }
        });
        let received = inboxes["n1"].len();
        assert!((12_800..13_200).contains(&received), "{received}");
        assert_eq!(inboxes["n0"].len(), 10_000);
        assert_eq!(stats.servers.send, 10_000);
        assert_eq!(stats.servers.recv, received as u64);
    }

    #[test]
    fn a_partition_replaces_the_previous_one() {
        let (inboxes, _) = run(latency(1), None, async |network| {
            let cut = |receiver: &str, sender: &str| {
                Grudge::from([(NodeId::from(receiver), [NodeId::from(sender)].into())])
            };
            network.partition(cut("n1", "n0"));
            network.partition(cut("n0", "n1"));
            send(&network, "n0", "n1", 1);
            send(&network, "n1", "n0", 2);
        });
        assert_eq!(inboxes["n1"], [(1, "1".to_owned())]);
        assert_eq!(inboxes["n0"], []);
    }

    #[test]
    fn a_message_to_an_unknown_destination_is_rejected() {
        let (_, stats) = run(Options::default(), None, async |network| {
            let body: SharedBody = RawValue::from_string("{}".to_owned()).unwrap().into();
            let to = |dest: &str| Message {
                src: NodeId::from("n0"),
                dest: NodeId::from(dest),
                body: body.clone(),
            };
            let reason = network.send(to("n7")).unwrap_err();
            assert_eq!(reason, "unknown destination \"n7\"");
            network.close_client(&NodeId::from("c0"));
            assert_eq!(network.send(to("c0")), Ok(()));
        });
        assert_eq!(stats.clients.send, 1);
    }
}
