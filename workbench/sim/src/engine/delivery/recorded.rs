//! Repeats the deliveries of a recorded run.

use mael::NodeId;
use mael::protocol::Message;
use mael::time::Duration;
use rustc_hash::FxHashMap;

/// How the messages between servers were delivered in a recorded run. A message is identified by
/// its number on its link.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordedDeliveries {
    /// The positions of links in `deliveries`, by sender and receiver.
    links: FxHashMap<(NodeId, NodeId), usize>,
    /// The deliveries of each link, in the order in which the messages were sent.
    deliveries: Vec<Vec<Delivered>>,
}

/// The delivery of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Delivered {
    /// It is drawn, because the record does not determine it.
    #[default]
    Unknown,
    Lost,
    Once(Duration),
    Twice(Duration, Duration),
}

/// A link and the number of a message on it.
pub(crate) type Position = (usize, usize);

impl RecordedDeliveries {
    /// Adds the next message of a link.
    pub(crate) fn add(&mut self, src: NodeId, dest: NodeId) -> Position {
        let new = self.deliveries.len();
        let link = *self.links.entry((src, dest)).or_insert(new);
        if link == new {
            self.deliveries.push(Vec::new());
        }
        self.deliveries[link].push(Delivered::Unknown);
        (link, self.deliveries[link].len() - 1)
    }

    /// Adds the arrival of a message after a delay. Returns whether it is the first.
    pub(crate) fn arrive(&mut self, (link, number): Position, delay: Duration) -> bool {
        let delivered = &mut self.deliveries[link][number];
        let first = match *delivered {
            Delivered::Once(first) => Some(first),
            _ => None,
        };
        *delivered = match first {
            Some(first) => Delivered::Twice(first, delay),
            None => Delivered::Once(delay),
        };
        first.is_none()
    }

    /// Marks a message as lost, unless it has arrived.
    pub(crate) fn lose(&mut self, (link, number): Position) {
        let delivered = &mut self.deliveries[link][number];
        if *delivered == Delivered::Unknown {
            *delivered = Delivered::Lost;
        }
    }
}

/// The deliveries of a recorded run, as they are repeated.
pub(super) struct Repeated {
    recorded: RecordedDeliveries,
    /// How many messages have been sent on each link of the record.
    counts: Vec<usize>,
}

impl Repeated {
    pub(super) fn new(recorded: RecordedDeliveries) -> Self {
        Self {
            counts: vec![0; recorded.deliveries.len()],
            recorded,
        }
    }

    /// Returns the delays of the copies of the next message on a link, if the record determines
    /// them.
    pub(super) fn next(&mut self, message: &Message) -> Option<[Option<Duration>; 2]> {
        let link = (message.src.clone(), message.dest.clone());
        let link = *self.recorded.links.get(&link)?;
        let number = self.counts[link];
        self.counts[link] += 1;
        match *self.recorded.deliveries[link].get(number)? {
            Delivered::Unknown => None,
            Delivered::Lost => Some([None; 2]),
            Delivered::Once(delay) => Some([Some(delay), None]),
            Delivered::Twice(first, second) => Some([Some(first), Some(second)]),
        }
    }
}
