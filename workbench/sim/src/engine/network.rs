//! The simulated network between nodes, clients and services.
//!
//! Every message is delivered at its own deadline, and partitions are tested at delivery. (The
//! original lets a message that is being delayed hold up later ones to the same destination, those
//! of clients too, so its figures are higher with a latency; verdicts do not depend on it.)

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

use super::adversary::Delays;
use super::fates::Fates;
use super::hint::Observed;
use super::journal::Journal;
use super::random::draw_within;
use super::schedule::{Agenda, Schedule};
use super::script::{Fate, LinkFault};
use crate::options::{Distribution, Fault, Latency, Options};

/// How long a detour may at least be, whatever the latency: long enough that messages sent within a
/// tenth of a second change places.
const DETOUR: Duration = Duration::from_millis(100);

/// Someone whom messages can be delivered to.
pub trait Endpoint {
    /// Takes a message now; `id` is its number on the network.
    fn deliver(&self, now: Instant, id: u64, message: &Message);
}

/// For each receiver, the senders that it does not hear.
pub type Grudge = BTreeMap<NodeId, BTreeSet<NodeId>>;

/// The network of one run.
pub struct Network {
    state: RefCell<State>,
    /// Who delivers: woken when a message is to be delivered before all others.
    courier: Cell<Option<Waker>>,
    /// What nodes did that explains requests without a usable reply.
    observed: Rc<Observed>,
}

struct State {
    seats: FxHashMap<NodeId, Seat>,
    /// Messages on their way, with their numbers.
    in_flight: Schedule<(u64, Message)>,
    /// Who does not hear whom, by what cut the links.
    grudges: BTreeMap<Fault, Grudge>,
    next_id: u64,
    next_client: u64,
    latency: Latency,
    loss: f64,
    duplicate: f64,
    /// None if every message is delivered just once.
    fates: Option<Fates>,
    reorder: f64,
    adversary: Delays,
    handling: Option<Range<Duration>>,
    random: fastrand::Rng,
    journal: Journal,
}

/// Someone on the network, by name.
#[derive(Default)]
struct Seat {
    /// None of a client that has left; what is sent to it is taken and dropped.
    endpoint: Option<Rc<dyn Endpoint>>,
    /// The latest deadlines given out for messages of servers, and of clients.
    last: [Instant; 2],
}

impl Network {
    /// A network without anybody. In simulation each delivery takes a time drawn from `handling`
    /// on top of its latency, because no time at all would hide races.
    pub(crate) fn new(
        options: &Options,
        handling: Option<Range<Duration>>,
        journal: Journal,
    ) -> Rc<Self> {
        Rc::new(Self {
            state: RefCell::new(State {
                seats: FxHashMap::default(),
                in_flight: Schedule::default(),
                grudges: BTreeMap::new(),
                next_id: 0,
                next_client: 0,
                latency: options.latency(),
                loss: options.loss,
                duplicate: options.duplicate,
                fates: (options.loss > 0.0 || options.duplicate > 0.0).then(|| Fates::new(None)),
                reorder: options.reorder,
                adversary: Delays::new(options),
                handling,
                random: options.random("network"),
                journal,
            }),
            courier: Cell::default(),
            observed: Rc::default(),
        })
    }

    /// Lets messages be lost and doubled as a script says. What is drawn does not count any more,
    /// but is still drawn, so that the delays of the script's run stay what they were.
    pub(super) fn follow(&self, links: &[LinkFault]) {
        let fates = Fates::new(Some(links));
        self.state.borrow_mut().fates = Some(fates);
    }

    /// The messages so far that were not delivered just once.
    pub(super) fn take_link_faults(&self) -> Vec<LinkFault> {
        let fates = &mut self.state.borrow_mut().fates;
        fates.as_mut().map(Fates::take_met).unwrap_or_default()
    }

    /// Puts someone on the network, in place of who had the name before.
    pub fn register(&self, name: NodeId, endpoint: Rc<dyn Endpoint>) {
        let mut state = self.state.borrow_mut();
        let seat = state.seats.entry(name).or_default();
        let previous = seat.endpoint.replace(endpoint);
        drop(state);
        drop(previous);
    }

    /// How long each delivery takes at least and at most beside its latency, in simulation.
    pub(crate) fn handling(&self) -> Option<Range<Duration>> {
        self.state.borrow().handling.clone()
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
        let seat = state.seats.get_mut(name);
        let endpoint = seat.and_then(|seat| seat.endpoint.take());
        drop(state);
        drop(endpoint);
    }

    /// Whether a client was on the network and has left it.
    pub(super) fn has_left(&self, client: &NodeId) -> bool {
        let state = self.state.borrow();
        let seat = state.seats.get(client);
        seat.is_some_and(|seat| seat.endpoint.is_none())
    }

    /// What nodes did that explains requests without a usable reply.
    pub(super) fn observed(&self) -> &Rc<Observed> {
        &self.observed
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
            if !state.seats.contains_key(name) {
                return Err(format!("`{key}` {name:?} is nobody on this network"));
            }
        }
        state
            .journal
            .record(Event::Send, now.as_nanos(), id, &message);
        let fate = state.fate(&message);
        drop(state);
        if fate == Some(Fate::Lost) {
            return Ok(());
        }
        let copy = (fate == Some(Fate::Doubled)).then(|| message.clone());
        self.forward(now, id, message);
        if let Some(copy) = copy {
            self.forward(now, id, copy);
        }
        Ok(())
    }

    /// Puts one copy of a message on its way.
    fn forward(&self, now: Instant, id: u64, message: Message) {
        let mut state = self.state.borrow_mut();
        let deadline = state.deadline(now, &message);
        let first = state.in_flight.next_time();
        if deadline == now && first.is_none() {
            drop(state);
            self.deliver(now, id, &message);
            return;
        }
        state.in_flight.add(deadline, (id, message));
        drop(state);
        if first.is_none_or(|first| deadline < first) {
            self.call_courier();
        }
    }

    /// Delivers messages as their time comes, unless whoever moves time on does so. Never ends.
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
            self.courier.set(Some(cx.waker().clone()));
            Poll::Pending
        })
        .await;
    }

    /// Delivers what is due, and gives the time at which the next message is.
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

    fn call_courier(&self) {
        if let Some(courier) = self.courier.take() {
            courier.wake();
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
        let seat = state.seats.get(&message.dest);
        let endpoint = seat.and_then(|seat| seat.endpoint.clone());
        drop(state);
        if let Some(endpoint) = endpoint {
            endpoint.deliver(now, id, message);
        }
    }

    /// Cuts links, in place of those that the same fault cut before.
    pub(crate) fn partition(&self, by: Fault, grudge: Grudge) {
        self.state.borrow_mut().grudges.insert(by, grudge);
    }

    /// Mends the links that this fault cut.
    pub(crate) fn heal(&self, by: Fault) {
        self.state.borrow_mut().grudges.remove(&by);
    }

    /// Lets every message through from now on, once and without delay but for its latency.
    pub(crate) fn rest(&self) {
        let mut state = self.state.borrow_mut();
        (state.loss, state.duplicate, state.reorder) = (0.0, 0.0, 0.0);
        state.adversary.stop();
        if let Some(fates) = &mut state.fates {
            fates.rest();
        }
    }

    /// Takes everybody off the network.
    pub(crate) fn clear(&self) {
        let seats = std::mem::take(&mut self.state.borrow_mut().seats);
        drop(seats);
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

impl Agenda for Network {
    fn next_time(&self) -> Option<Instant> {
        self.state.borrow_mut().in_flight.next_time()
    }

    fn attend(&self, now: Instant) {
        self.deliver_due(now);
    }
}

impl State {
    /// Whether the link of a message is cut.
    fn is_cut(&self, message: &Message) -> bool {
        let mut grudges = self.grudges.values();
        grudges.any(|grudge| {
            let unheard = grudge.get(&message.dest);
            unheard.is_some_and(|unheard| unheard.contains(&message.src))
        })
    }

    /// Whether something of this probability happens. Nothing is drawn for what never does, so
    /// that a fault that is off changes no other draw.
    fn happens(&mut self, probability: f64) -> bool {
        probability > 0.0 && self.random.f64() < probability
    }

    /// What becomes of a message that is not delivered just once.
    fn fate(&mut self, message: &Message) -> Option<Fate> {
        if self.fates.is_none() || is_of_client(message) {
            return None;
        }
        let drawn = if self.happens(self.loss) {
            Some(Fate::Lost)
        } else {
            self.happens(self.duplicate).then_some(Fate::Doubled)
        };
        let fates = self.fates.as_mut()?;
        fates.of(message, drawn)
    }

    /// When a message sent now arrives. With a constant latency no destination is handed two
    /// messages of servers, or two of clients, in another order than they were sent in, except for
    /// those that take a detour or that an adversary delays.
    fn deadline(&mut self, now: Instant, message: &Message) -> Instant {
        let of_client = is_of_client(message);
        let latency = if of_client {
            Duration::ZERO
        } else {
            self.latency.draw(&mut self.random)
        };
        let reorder = self.reorder;
        let detour = (!of_client && self.happens(reorder)).then(|| {
            let longest = Duration::from_millis(self.latency.mean.saturating_mul(2));
            draw_within(&(Duration::ZERO..longest.max(DETOUR)), &mut self.random)
        });
        let held = if of_client {
            Duration::ZERO
        } else {
            self.adversary.draw(now, &message.src, &message.dest)
        };
        let deadline = now + latency + detour.unwrap_or_default() + held;
        let Some(handling) = &self.handling else {
            return deadline;
        };
        let deadline = deadline + draw_within(handling, &mut self.random);
        let in_order = detour.is_none() && held.is_zero();
        if !in_order || !of_client && self.latency.distribution != Distribution::Constant {
            return deadline;
        }
        let Some(seat) = self.seats.get_mut(&message.dest) else {
            return deadline;
        };
        let last = &mut seat.last[usize::from(of_client)];
        *last = deadline.max(*last);
        *last
    }
}

/// Whether a client sends or receives a message. Such messages meet no fault of the links.
fn is_of_client(message: &Message) -> bool {
    message.src.is_client() || message.dest.is_client()
}

#[cfg(test)]
mod tests {
    use mael::executor::{Scope, spawn};
    use mael::protocol::SharedBody;
    use serde_json::value::RawValue;

    use super::*;
    use crate::engine::Nowhere;
    use crate::options::Adversary;
    use crate::simulation::HANDLING;
    use crate::simulation::clock::{Clock, VirtualTime};

    /// Keeps what it is handed: when, and the text of the body.
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

    /// What each was handed: when, in milliseconds, and the text of the body.
    type Handed = BTreeMap<&'static str, Vec<(u64, String)>>;

    /// Runs `test` in virtual time on a network with two nodes, a service and a client, and gives
    /// what each of them was handed.
    fn run<F: Future<Output = ()> + 'static>(
        options: Options,
        handling: Option<Range<Duration>>,
        test: impl FnOnce(Rc<Network>) -> F + 'static,
    ) -> (Handed, NetStats) {
        let time = Rc::new(VirtualTime::default());
        let scope = Scope::new(Rc::new(Clock::new(&time, fastrand::Rng::with_seed(0))));
        time.block_on(scope.run(async move {
            let network =
                Network::new(&options, handling, Journal::new(Rc::new(Nowhere), &options));
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
        let (inboxes, _) = run(latency(10), Some(HANDLING), async |network| {
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
    fn a_cut_link_is_tested_at_delivery_and_in_its_direction_only() {
        let (inboxes, stats) = run(latency(10), None, async |network| {
            let cut = BTreeSet::from([NodeId::from("n0")]);
            send(&network, "n0", "n1", 1);
            network.partition(Fault::Partition, Grudge::from([(NodeId::from("n1"), cut)]));
            time::sleep(Duration::from_millis(20)).await;
            send(&network, "n1", "n0", 2);
            send(&network, "lin-kv", "n1", 3);
            send(&network, "c0", "n1", 4);
            time::sleep(Duration::from_millis(20)).await;
            send(&network, "n0", "n1", 5);
            network.heal(Fault::Partition);
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
    fn loss_takes_its_share_between_servers_and_nothing_from_clients() {
        let lossy = Options {
            loss: 0.3,
            ..Options::default()
        };
        let (inboxes, _) = run(lossy, None, async |network| {
            for body in 0..10_000 {
                send(&network, "n0", "n1", body);
                send(&network, "c0", "n0", body);
            }
        });
        assert!(
            (6_800..7_200).contains(&inboxes["n1"].len()),
            "{}",
            inboxes["n1"].len()
        );
        assert_eq!(inboxes["n0"].len(), 10_000);
    }

    #[test]
    fn a_duplicate_is_sent_once_and_received_twice() {
        let options = Options {
            duplicate: 0.3,
            ..latency(10)
        };
        let (inboxes, stats) = run(options, Some(HANDLING), async |network| {
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
    fn reordering_delays_its_share_between_servers_and_nothing_of_clients() {
        for handling in [None, Some(HANDLING)] {
            let options = Options {
                reorder: 0.3,
                ..latency(10)
            };
            let (inboxes, _) = run(options, handling, async |network| {
                for body in 0..1000 {
                    send(&network, "n0", "lin-kv", body);
                    send(&network, "c0", "n0", body);
                }
            });
            let order = |name| {
                let bodies = inboxes[name].iter().map(|(_, body)| body.parse().unwrap());
                bodies.collect::<Vec<u64>>()
            };
            let delayed = inboxes["lin-kv"].iter().filter(|(at, _)| *at > 11).count();
            assert!((200..400).contains(&delayed), "{delayed}");
            assert!(!order("lin-kv").is_sorted());
            assert_eq!(order("n0"), (0..1000).collect::<Vec<_>>());
        }
    }

    #[test]
    fn an_adversary_delays_messages_between_servers_and_nothing_of_clients() {
        for way in Adversary::ALL {
            let options = Options {
                adversary: [way].into(),
                ..latency(10)
            };
            let (inboxes, stats) = run(options, Some(HANDLING), async |network| {
                for body in 0..1000 {
                    send(&network, "n0", "lin-kv", body);
                    send(&network, "n1", "n0", body);
                    send(&network, "c0", "n1", body);
                    send(&network, "n1", "c0", body);
                    time::sleep(Duration::from_millis(10)).await;
                }
            });
            let late = |name| {
                let due =
                    |(at, body): &&(u64, String)| *at > body.parse::<u64>().unwrap() * 10 + 11;
                inboxes[name].iter().filter(due).count()
            };
            let delayed = late("lin-kv") + late("n0");
            assert!((100..1000).contains(&delayed), "{way}: {delayed}");
            assert_eq!((late("n1"), late("c0")), (0, 0));
            assert_eq!(stats.all().recv, 4000);
        }
    }

    #[test]
    fn a_link_that_two_faults_cut_is_whole_when_both_have_mended_it() {
        let (inboxes, _) = run(latency(1), None, async |network| {
            let cut = || Grudge::from([(NodeId::from("n1"), [NodeId::from("n0")].into())]);
            network.partition(Fault::Partition, cut());
            network.partition(Fault::Flap, cut());
            for body in 1..=2 {
                send(&network, "n0", "n1", body);
                time::sleep(Duration::from_millis(2)).await;
                let by = if body == 1 {
                    Fault::Flap
                } else {
                    Fault::Partition
                };
                network.heal(by);
            }
            send(&network, "n0", "n1", 3);
        });
        assert_eq!(inboxes["n1"], [(5, "3".to_owned())]);
    }

    #[test]
    fn nobody_can_be_sent_a_message_who_was_never_there() {
        let (_, stats) = run(Options::default(), None, async |network| {
            let body: SharedBody = RawValue::from_string("{}".to_owned()).unwrap().into();
            let to = |dest: &str| Message {
                src: NodeId::from("n0"),
                dest: NodeId::from(dest),
                body: body.clone(),
            };
            let reason = network.send(to("n7")).unwrap_err();
            assert_eq!(reason, "`dest` \"n7\" is nobody on this network");
            network.close_client(&NodeId::from("c0"));
            assert_eq!(network.send(to("c0")), Ok(()));
        });
        assert_eq!(stats.clients.send, 1);
    }
}
