//! Decides when and how often each message is delivered.
//!
//! Each message has its own deadlines. (In Maelstrom, a delayed message holds up later messages to
//! the same destination, including those of clients, so its latencies are higher. Verdicts do not
//! depend on this.)

mod adversary;
mod faults;
mod random;
mod recorded;

use std::ops::Range;

use fastrand::Rng;
use mael::NodeId;
use mael::protocol::Message;
use mael::time::{Duration, Instant};
use rustc_hash::FxHashMap;

use super::schedule::{DeliveryFault, LinkFault};
use crate::options::{Distribution, Latency, Options};
use adversary::Delays;
use faults::MessageFaults;
use recorded::Repeated;

pub(super) use random::draw_within;
pub use recorded::RecordedDeliveries;

/// The minimum of the maximum detour, regardless of latency: long enough to reorder messages that
/// are sent within a tenth of a second.
const DETOUR: Duration = Duration::from_millis(100);

/// When and how often the messages of one run are delivered.
pub(super) struct Delivery {
    latency: Latency,
    loss: f64,
    duplicate: f64,
    reorder: f64,
    adversary: Delays,
    /// `None` if every message is delivered exactly once.
    faults: Option<MessageFaults>,
    /// The deliveries of a recorded run, if they are repeated.
    repeated: Option<Repeated>,
    processing_delay: Option<Range<Duration>>,
    random: Rng,
    /// For each destination, the latest deadline of messages from servers, and of those from or to
    /// clients.
    last: FxHashMap<NodeId, [Instant; 2]>,
}

impl Delivery {
    /// Draws deliveries according to the options. In simulation, each delivery takes an additional
    /// time drawn from `processing_delay`, because processing in no time would hide races.
    pub(super) fn new(options: &Options, processing_delay: Option<Range<Duration>>) -> Self {
        Self {
            latency: options.latency(),
            loss: options.loss,
            duplicate: options.duplicate,
            reorder: options.reorder,
            adversary: Delays::new(options),
            faults: (options.loss > 0.0 || options.duplicate > 0.0)
                .then(|| MessageFaults::new(None)),
            repeated: None,
            processing_delay,
            random: options.random("network"),
            last: FxHashMap::default(),
        }
    }

    /// Drops and duplicates the messages that a schedule names. Faults are still drawn but ignored,
    /// so that delays are the same as in the run that was recorded.
    pub(super) fn replay(&mut self, links: &[LinkFault]) {
        self.faults = Some(MessageFaults::new(Some(links)));
    }

    /// Delivers messages as in a recorded run, until link faults are stopped. Messages that it does
    /// not have are drawn.
    pub(super) fn repeat(&mut self, recorded: RecordedDeliveries) {
        self.repeated = Some(Repeated::new(recorded));
    }

    /// Takes the messages so far that were not delivered exactly once.
    pub(super) fn take_link_faults(&mut self) -> Vec<LinkFault> {
        self.faults
            .as_mut()
            .map(MessageFaults::take_injected)
            .unwrap_or_default()
    }

    /// Stops all link faults: from now on, every message is delivered exactly once, after its
    /// latency.
    pub(super) fn stop_faults(&mut self) {
        (self.loss, self.duplicate, self.reorder) = (0.0, 0.0, 0.0);
        self.adversary.stop();
        self.repeated = None;
        if let Some(faults) = &mut self.faults {
            faults.stop();
        }
    }

    /// Returns the range of the time that a delivery takes in addition to its latency, in
    /// simulation.
    pub(super) fn processing_delay(&self) -> Option<Range<Duration>> {
        self.processing_delay.clone()
    }

    /// Returns when the copies of a message sent now are delivered: none if the message is dropped,
    /// two if it is duplicated.
    pub(super) fn deadlines(&mut self, now: Instant, message: &Message) -> [Option<Instant>; 2] {
        if !is_of_client(message)
            && let Some(repeated) = &mut self.repeated
            && let Some(delays) = repeated.next(message)
        {
            return delays.map(|delay| delay.map(|delay| now + delay));
        }
        let copies = match self.fault(message) {
            Some(DeliveryFault::Drop) => 0,
            None => 1,
            Some(DeliveryFault::Duplicate) => 2,
        };
        let mut deadlines = [None; 2];
        for deadline in &mut deadlines[..copies] {
            *deadline = Some(self.deadline(now, message));
        }
        deadlines
    }

    /// Draws whether an event of this probability happens. Nothing is drawn for probability 0, so
    /// that a disabled fault does not change other draws.
    fn happens(&mut self, probability: f64) -> bool {
        probability > 0.0 && self.random.f64() < probability
    }

    /// Draws the fault of a message, if it is not delivered exactly once.
    fn fault(&mut self, message: &Message) -> Option<DeliveryFault> {
        if self.faults.is_none() || is_of_client(message) {
            return None;
        }
        let drawn = if self.happens(self.loss) {
            Some(DeliveryFault::Drop)
        } else {
            self.happens(self.duplicate)
                .then_some(DeliveryFault::Duplicate)
        };
        let faults = self.faults.as_mut()?;
        faults.next(message, drawn)
    }

    /// Draws when a copy of a message sent now is delivered. With a constant latency, messages from
    /// servers reach each destination in the order in which they were sent, and so do those of
    /// clients, except for messages that take a detour or are delayed by an adversary.
    fn deadline(&mut self, now: Instant, message: &Message) -> Instant {
        let of_client = is_of_client(message);
        let latency = if of_client {
            Duration::ZERO
        } else {
            self.latency.draw(&mut self.random)
        };
        let reorder = self.reorder;
        let detour = (!of_client && self.happens(reorder)).then(|| {
            let longest = longest_detour(self.latency);
            draw_within(&(Duration::ZERO..longest), &mut self.random)
        });
        let held = if of_client {
            Duration::ZERO
        } else {
            self.adversary.draw(now, &message.src, &message.dest)
        };
        let deadline = now + latency + detour.unwrap_or_default() + held;
        let Some(processing_delay) = &self.processing_delay else {
            return deadline;
        };
        let deadline = deadline + draw_within(processing_delay, &mut self.random);
        let in_order = detour.is_none() && held.is_zero();
        if !in_order || !of_client && self.latency.distribution != Distribution::Constant {
            return deadline;
        }
        let last = match self.last.get_mut(&message.dest) {
            Some(last) => last,
            None => self.last.entry(message.dest.clone()).or_default(),
        };
        let last = &mut last[usize::from(of_client)];
        *last = deadline.max(*last);
        *last
    }
}

/// Returns the shortest and the longest time that the delivery of a message between servers takes,
/// apart from the processing delay of simulations.
pub(crate) fn delay_bounds(options: &Options) -> [Duration; 2] {
    let [least, most] = options.latency().bounds();
    let detour = if options.reorder > 0.0 {
        longest_detour(options.latency())
    } else {
        Duration::ZERO
    };
    [least, most + detour + Delays::longest(options)]
}

/// Returns the longest detour of a message that is reordered.
fn longest_detour(latency: Latency) -> Duration {
    Duration::from_millis(latency.mean.saturating_mul(2)).max(DETOUR)
}

/// Whether the sender or the receiver of a message is a client. Link faults do not affect such
/// messages.
fn is_of_client(message: &Message) -> bool {
    message.src.is_client() || message.dest.is_client()
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;
    use crate::options::Adversary;
    use crate::simulation::PROCESSING_DELAY;

    fn message(src: &str, dest: &str) -> Message {
        Message {
            src: NodeId::from(src),
            dest: NodeId::from(dest),
            body: RawValue::from_string("{}".to_owned()).unwrap().into(),
        }
    }

    /// Returns the delays of messages that are sent on these links in turn, one every `gap`.
    fn delays(
        delivery: &mut Delivery,
        links: &[(&str, &str)],
        count: usize,
        gap: Duration,
    ) -> Vec<Vec<Duration>> {
        let messages: Vec<Message> = links.iter().map(|(src, dest)| message(src, dest)).collect();
        let sent = messages.iter().cycle().take(count).zip(0..);
        sent.map(|(message, number)| {
            let now = Instant::from_origin(gap * number);
            let deadlines = delivery.deadlines(now, message).into_iter();
            let delays = deadlines.flatten().map(|deadline| deadline.since(now));
            delays.collect()
        })
        .collect()
    }

    fn latency(mean: u64) -> Options {
        Options {
            latency: mean,
            ..Options::default()
        }
    }

    const CLIENT_LINKS: [(&str, &str); 2] = [("c0", "n1"), ("n1", "c0")];

    #[test]
    fn only_messages_between_servers_are_delayed() {
        let mut delivery = Delivery::new(&latency(1000), None);
        for link in [("n0", "n1"), ("n0", "lin-kv")] {
            let delays = delays(&mut delivery, &[link], 1, Duration::ZERO);
            assert_eq!(delays, [[Duration::from_secs(1)]]);
        }
        for link in CLIENT_LINKS {
            let delays = delays(&mut delivery, &[link], 1, Duration::ZERO);
            assert_eq!(delays, [[Duration::ZERO]]);
        }
    }

    #[test]
    fn loss_drops_its_share_of_messages_between_servers_but_none_of_clients() {
        let options = Options {
            loss: 0.3,
            ..Options::default()
        };
        let mut delivery = Delivery::new(&options, None);
        let mut delivered = |link| {
            let delays = delays(&mut delivery, &[link], 10_000, Duration::ZERO);
            delays.concat().len()
        };
        let between_servers = delivered(("n0", "n1"));
        assert!(
            (6_800..7_200).contains(&between_servers),
            "{between_servers}"
        );
        assert_eq!(CLIENT_LINKS.map(delivered), [10_000; 2]);
    }

    #[test]
    fn duplication_repeats_its_share_of_messages_between_servers_but_none_of_clients() {
        let options = Options {
            duplicate: 0.3,
            ..latency(10)
        };
        let mut delivery = Delivery::new(&options, Some(PROCESSING_DELAY));
        let mut delivered = |link| {
            let delays = delays(&mut delivery, &[link], 10_000, Duration::ZERO);
            delays.concat().len()
        };
        let between_servers = delivered(("n0", "n1"));
        assert!(
            (12_800..13_200).contains(&between_servers),
            "{between_servers}"
        );
        assert_eq!(CLIENT_LINKS.map(delivered), [10_000; 2]);
    }

    #[test]
    fn reordering_delays_its_share_of_messages_between_servers_but_none_of_clients() {
        for processing_delay in [None, Some(PROCESSING_DELAY)] {
            let options = Options {
                reorder: 0.3,
                ..latency(10)
            };
            let mut delivery = Delivery::new(&options, processing_delay);
            let mut late = |link, limit| {
                let delays = delays(&mut delivery, &[link], 1000, Duration::ZERO).concat();
                let late = delays.iter().filter(|delay| **delay > limit).count();
                (late, delays.is_sorted())
            };
            let (delayed, in_order) = late(("n0", "lin-kv"), Duration::from_millis(11));
            assert!((200..400).contains(&delayed) && !in_order, "{delayed}");
            let of_clients = CLIENT_LINKS.map(|link| late(link, PROCESSING_DELAY.end));
            assert_eq!(of_clients, [(0, true); 2]);
        }
    }

    #[test]
    fn an_adversary_delays_messages_between_servers_but_none_of_clients() {
        for adversary in Adversary::ALL {
            let options = Options {
                adversary: [adversary].into(),
                ..latency(10)
            };
            let mut delivery = Delivery::new(&options, Some(PROCESSING_DELAY));
            let mut late = |links, limit| {
                let delays = delays(&mut delivery, links, 2000, Duration::from_millis(5)).concat();
                assert_eq!(delays.len(), 2000);
                delays.iter().filter(|delay| **delay > limit).count()
            };
            let server_links = [("n0", "lin-kv"), ("n1", "n0")];
            let delayed = late(&server_links, Duration::from_millis(11));
            assert!((100..1800).contains(&delayed), "{adversary}: {delayed}");
            assert_eq!(late(&CLIENT_LINKS, PROCESSING_DELAY.end), 0);
        }
    }

    #[test]
    fn all_delays_are_within_the_bounds() {
        let options = Options {
            reorder: 0.3,
            adversary: Adversary::ALL.into(),
            ..latency(10)
        };
        let mut delivery = Delivery::new(&options, None);
        let links = [("n0", "n1"), ("n1", "n0")];
        let delays = delays(&mut delivery, &links, 5000, Duration::from_millis(2)).concat();
        let [least, most] = delay_bounds(&options);
        assert!(delays.iter().all(|delay| (least..=most).contains(delay)));
        assert!(delays.iter().any(|delay| *delay > most / 4));
    }

    #[test]
    fn recorded_deliveries_are_repeated_until_the_record_or_the_faults_end() {
        let recorded = |src: &str, delays: [Option<Duration>; 4]| {
            let mut recorded = RecordedDeliveries::default();
            for delay in delays {
                let position = recorded.add(NodeId::from(src), NodeId::from("n1"));
                match delay {
                    Some(delay) => {
                        recorded.arrive(position, delay);
                    }
                    None => recorded.lose(position),
                }
            }
            recorded
        };
        let ms = |millis| Some(Duration::from_millis(millis));
        let record = recorded("n0", [ms(7), None, ms(3), ms(5)]);
        let mut delivery = Delivery::new(&latency(10), None);
        delivery.repeat(record.clone());
        let mut three = |link| delays(&mut delivery, &[link], 3, Duration::ZERO);
        let delay = |millis| vec![Duration::from_millis(millis)];
        assert_eq!(three(("n1", "n0")), [delay(10), delay(10), delay(10)]);
        assert_eq!(three(("n0", "n1")), [delay(7), vec![], delay(3)]);
        assert_eq!(three(("n0", "n1")), [delay(5), delay(10), delay(10)]);
        let mut delivery = Delivery::new(&latency(10), None);
        delivery.repeat(record);
        delivery.stop_faults();
        let delays = delays(&mut delivery, &[("n0", "n1")], 2, Duration::ZERO);
        assert_eq!(delays, [delay(10), delay(10)]);
    }

    #[test]
    fn stop_faults_stops_all_link_faults() {
        let options = Options {
            loss: 0.3,
            duplicate: 0.3,
            reorder: 0.3,
            adversary: Adversary::ALL.into(),
            ..latency(10)
        };
        let mut delivery = Delivery::new(&options, None);
        delivery.stop_faults();
        let delays = delays(
            &mut delivery,
            &[("n0", "n1")],
            1000,
            Duration::from_millis(10),
        );
        assert_eq!(delays, vec![[Duration::from_millis(10)]; 1000]);
    }
}
