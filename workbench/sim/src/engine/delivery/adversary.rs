//! Adversarial delays on links between servers.
//!
//! Delays that are drawn independently for each message, as [`Latency`](crate::options::Latency)
//! does, almost never make one link slow for several seconds, or many messages arrive at once.

use std::collections::BTreeMap;
use std::ops::Range;

use fastrand::Rng;
use mael::NodeId;
use mael::time::{Duration, Instant};

use super::random::draw_within;

use crate::options::{Adversary, Options};

/// The minimum latency that delays are multiples of, so that they have an effect without
/// `--latency`.
const LEAST_LATENCY: Duration = Duration::from_millis(20);

/// The extra delay on a slow link, or of a message that is held back, in multiples of the latency.
const LONGER: Range<u32> = 5..25;

/// How long one link stays slow.
const SLOW_FOR: Range<Duration> = Duration::from_secs(1)..Duration::from_secs(5);

/// The slow link is chosen from the links of this many messages, so that it is in use.
const CHOICE: u32 = 32;

/// How long messages are held back before a burst, in multiples of the latency.
const HELD_UP: Range<u32> = 2..10;

/// How long messages are not held back after a burst, in multiples of the latency.
const FREE: Range<u32> = 5..50;

/// The duration of a round, from its first message on.
const ROUND: Duration = Duration::from_millis(1);

/// On average, one in this many rounds has a message that is held back.
const ROUNDS: u32 = 4;

/// The delays of one run.
pub(super) struct Delays {
    delays: Vec<Box<dyn Delay>>,
    /// The latency that the delays are multiples of.
    latency: Duration,
    random: Rng,
}

/// A message between two servers.
struct Sent<'a> {
    now: Instant,
    src: &'a NodeId,
    dest: &'a NodeId,
}

/// One way of delaying messages.
trait Delay {
    /// Returns the extra delay of a message. Called for messages in the order in which they are
    /// sent.
    fn draw(&mut self, sent: &Sent<'_>, latency: Duration, random: &mut Rng) -> Duration;
}

impl Delays {
    /// Creates the delays that the options select.
    pub(super) fn new(options: &Options) -> Self {
        let delay = |adversary: &Adversary| match adversary {
            Adversary::SlowLink => Box::<SlowLink>::default() as Box<dyn Delay>,
            Adversary::Burst => Box::<Burst>::default(),
            Adversary::HoldBack => Box::<HoldBack>::default(),
        };
        Self {
            delays: options.adversary.iter().map(delay).collect(),
            latency: Duration::from_millis(options.latency).max(LEAST_LATENCY),
            random: options.random("adversary"),
        }
    }

    /// Returns the longest extra delay of a message.
    pub(super) fn longest(options: &Options) -> Duration {
        let latency = Duration::from_millis(options.latency).max(LEAST_LATENCY);
        let most = options.adversary.iter().map(|adversary| match adversary {
            Adversary::SlowLink | Adversary::HoldBack => LONGER.end,
            Adversary::Burst => HELD_UP.end,
        });
        latency.saturating_mul(most.sum())
    }

    /// Stops delaying messages.
    pub(super) fn stop(&mut self) {
        self.delays.clear();
    }

    /// Returns the extra delay of a message that one server sends to another now.
    pub(super) fn draw(&mut self, now: Instant, src: &NodeId, dest: &NodeId) -> Duration {
        let sent = Sent { now, src, dest };
        let delays = self.delays.iter_mut();
        delays
            .map(|delay| delay.draw(&sent, self.latency, &mut self.random))
            .fold(Duration::ZERO, Duration::saturating_add)
    }
}

/// Draws a duration between two multiples of a latency, in steps of one thousandth.
fn times(latency: Duration, range: &Range<u32>, random: &mut Rng) -> Duration {
    latency.saturating_mul(random.u32(range.start * 1000..range.end * 1000)) / 1000
}

/// Makes one link at a time slow.
#[derive(Default)]
enum SlowLink {
    #[default]
    None,
    /// The slow link will be that of a later message.
    Chosen { after: u32 },
    Slow {
        src: NodeId,
        dest: NodeId,
        longer: Duration,
        until: Instant,
    },
}

impl Delay for SlowLink {
    fn draw(&mut self, sent: &Sent<'_>, latency: Duration, random: &mut Rng) -> Duration {
        match self {
            Self::Slow { until, .. } if sent.now < *until => {}
            Self::Chosen { after: 0 } => {
                *self = Self::Slow {
                    src: sent.src.clone(),
                    dest: sent.dest.clone(),
                    longer: times(latency, &LONGER, random),
                    until: sent.now + draw_within(&SLOW_FOR, random),
                }
            }
            Self::Chosen { after } => *after -= 1,
            _ => {
                let after = random.u32(..CHOICE);
                *self = Self::Chosen { after };
            }
        }
        match self {
            Self::Slow {
                src, dest, longer, ..
            } if src == sent.src && dest == sent.dest => *longer,
            _ => Duration::ZERO,
        }
    }
}

/// Holds messages back, so that they arrive in a burst.
#[derive(Default)]
struct Burst {
    holds_up: bool,
    until: Instant,
}

impl Delay for Burst {
    fn draw(&mut self, sent: &Sent<'_>, latency: Duration, random: &mut Rng) -> Duration {
        if sent.now >= self.until {
            self.holds_up = !self.holds_up;
            let range = if self.holds_up { HELD_UP } else { FREE };
            self.until = sent.now + times(latency, &range, random);
        }
        if self.holds_up {
            self.until - sent.now
        } else {
            Duration::ZERO
        }
    }
}

/// The latest round of each sender.
#[derive(Default)]
struct HoldBack(BTreeMap<NodeId, Round>);

/// The messages that one sender sends at about the same time.
#[derive(Default)]
struct Round {
    began: Instant,
    size: u32,
    /// The index of the message that is held back.
    held: Option<u32>,
}

impl Delay for HoldBack {
    fn draw(&mut self, sent: &Sent<'_>, latency: Duration, random: &mut Rng) -> Duration {
        let round = self.0.entry(sent.src.clone()).or_default();
        if round.size == 0 || sent.now >= round.began + ROUND {
            // The size of a round is not known yet. Most rounds are as large as the one before.
            let held = random.u32(..round.size.max(1));
            *round = Round {
                began: sent.now,
                size: 0,
                held: (random.u32(..ROUNDS) == 0).then_some(held),
            };
        }
        let number = round.size;
        round.size = number.saturating_add(1);
        if round.held == Some(number) {
            times(latency, &LONGER, random)
        } else {
            Duration::ZERO
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the delays, in milliseconds, of messages that are sent at these times, also in
    /// milliseconds.
    fn delays<'a>(
        adversary: Adversary,
        messages: impl IntoIterator<Item = (u64, &'a str, &'a str)>,
    ) -> Vec<u64> {
        let options = Options {
            adversary: [adversary].into(),
            ..Options::default()
        };
        let mut delays = Delays::new(&options);
        let messages = messages.into_iter();
        messages
            .map(|(millis, src, dest)| {
                let now = Instant::from_origin(Duration::from_millis(millis));
                let delay = delays.draw(now, &NodeId::from(src), &NodeId::from(dest));
                u64::try_from(delay.as_millis()).unwrap()
            })
            .collect()
    }

    const LINKS: [(&str, &str); 4] = [("n0", "n1"), ("n1", "n0"), ("n0", "n2"), ("n0", "lin-kv")];

    #[test]
    fn one_link_at_a_time_is_slow_and_every_link_has_a_turn() {
        let messages = (0..60_000).map(|millis| {
            let (src, dest) = LINKS[millis as usize % LINKS.len()];
            (millis, src, dest)
        });
        let delays = delays(Adversary::SlowLink, messages);
        let mut slow = Vec::new();
        for (millis, delay) in delays.iter().enumerate().filter(|(_, delay)| **delay > 0) {
            assert!((100..500).contains(delay));
            let link = LINKS[millis % LINKS.len()];
            if slow.last() != Some(&(link, delay)) {
                slow.push((link, delay));
            }
        }
        // On average, a link is slow for three seconds.
        assert!((10..40).contains(&slow.len()), "{slow:?}");
        for link in LINKS {
            assert!(slow.iter().any(|(slow, _)| *slow == link));
        }
    }

    #[test]
    fn messages_held_back_before_a_burst_arrive_together() {
        let delays = delays(
            Adversary::Burst,
            (0..60_000).map(|millis| (millis, "n0", "n1")),
        );
        let mut bursts = BTreeMap::<u64, u64>::new();
        for (millis, delay) in delays.iter().enumerate().filter(|(_, delay)| **delay > 0) {
            *bursts.entry(millis as u64 + delay).or_default() += 1;
        }
        assert!(bursts.len() > 50, "{bursts:?}");
        // Messages are held back for 40 to 200 ms, one in each millisecond.
        assert!(bursts.values().all(|size| (38..201).contains(size)));
    }

    #[test]
    fn at_most_one_message_of_a_round_is_held_back() {
        let rounds = (0..1000).flat_map(|round| (0..5).map(move |_| (round * 10, "n0", "n1")));
        let delays = delays(Adversary::HoldBack, rounds);
        let held = |round: &[u64]| round.iter().filter(|delay| **delay > 0).count();
        let held: Vec<usize> = delays.chunks(5).map(held).collect();
        assert!(held.iter().all(|count| *count <= 1));
        let share = held.iter().sum::<usize>();
        assert!((200..300).contains(&share), "{share}");
        assert!(
            delays
                .iter()
                .all(|delay| *delay == 0 || (100..500).contains(delay))
        );
    }

    #[test]
    fn the_longest_latency_does_not_overflow() {
        let options = Options {
            adversary: Adversary::ALL.into(),
            latency: u64::MAX,
            ..Options::default()
        };
        let mut delays = Delays::new(&options);
        for _ in 0..1000 {
            delays.draw(Instant::default(), &NodeId::from("a"), &NodeId::from("b"));
        }
    }
}
