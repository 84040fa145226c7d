//! What a search tries next.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::configuration::NodeId;

/// What is to be tried, the best last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Turn {
    pub(super) moment: u32,
    pub(super) indeterminate: Reverse<usize>,
    pub(super) age: Reverse<usize>,
    pub(super) node: NodeId,
    pub(super) attempt: Attempt,
}

/// What is tried from a node.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Attempt {
    /// To place the call that returns next.
    Returning,
    /// To place one before it after which it fits.
    Fitting,
    /// To place any other before it.
    Others,
}

/// After how many nodes without an advance a search is stuck.
const STUCK: usize = 10_000;

/// How many turns in a row an excursion may take without getting further.
const IDLE: usize = 16;

/// The turns that are left: two searches of the same nodes, in turn.
///
/// The most advanced configuration is tried first. That is best where a choice shows soon to be
/// wrong, and bad where a wrong one was made long ago: then all that can follow is tried before it
/// is taken back. So once a search is stuck, every other start is an earlier one, first a moment
/// earlier, then two, up to one, two, four and so on: an excursion, which goes on from there the
/// most advanced first, as long as it gets further.
#[derive(Default)]
pub(super) struct Queue {
    /// What is tried first; all that there is, until the search is stuck.
    at_hand: BinaryHeap<Turn>,
    /// The others.
    by_moment: BTreeMap<u32, BinaryHeap<Turn>>,
    len: usize,
    furthest: u32,
    /// How many nodes there were when that was reached.
    nodes: usize,
    /// How far the excursion has come, and how many turns it has taken since.
    reached: u32,
    idle: usize,
    /// How many moments back the last early start was, and how many the next ones may be.
    back: u32,
    most_back: u32,
    starts_early: bool,
}

impl Queue {
    pub(super) fn push(&mut self, turn: Turn) {
        self.len += 1;
        self.at_hand.push(turn);
    }

    /// How much memory this takes, in bytes.
    pub(super) fn bytes(&self) -> usize {
        // A heap has room for twice what it holds at most.
        2 * self.len * size_of::<Turn>()
    }

    /// The next turn of a search that has this many nodes.
    pub(super) fn pop(&mut self, furthest: u32, nodes: usize) -> Option<Turn> {
        if furthest > self.furthest {
            (self.furthest, self.nodes) = (furthest, nodes);
            (self.back, self.most_back) = (0, 1);
        }
        let is_stuck = nodes - self.nodes > STUCK;
        if self.at_hand.is_empty() || (is_stuck && self.idle > IDLE) {
            self.start(is_stuck);
        }
        let turn = self.at_hand.pop()?;
        self.len -= 1;
        if turn.moment > self.reached {
            (self.reached, self.idle) = (turn.moment, 0);
        } else {
            self.idle += 1;
        }
        Some(turn)
    }

    /// Puts the turn of a new start at hand.
    fn start(&mut self, is_stuck: bool) {
        for turn in self.at_hand.drain() {
            self.by_moment.entry(turn.moment).or_default().push(turn);
        }
        self.starts_early = is_stuck && !self.starts_early;
        let most = match self.starts_early {
            true => self.early(),
            false => u32::MAX,
        };
        let before = self.by_moment.range(..=most).next_back();
        let moment = before
            .or(self.by_moment.last_key_value())
            .map(|(it, _)| *it);
        let Some(moment) = moment else {
            return;
        };
        if let Some(turns) = self.by_moment.get_mut(&moment) {
            self.at_hand.extend(turns.pop());
            if turns.is_empty() {
                self.by_moment.remove(&moment);
            }
        }
        (self.reached, self.idle) = (moment, 0);
    }

    /// The moment of the next early start.
    fn early(&mut self) -> u32 {
        self.back += 1;
        if self.back > self.most_back {
            self.back = 1;
            self.most_back = match self.most_back > self.furthest {
                true => 1,
                false => 2 * self.most_back,
            };
        }
        self.furthest.saturating_sub(self.back)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn turn(moment: u32, node: NodeId) -> Turn {
        Turn {
            moment,
            indeterminate: Reverse(0),
            age: Reverse(node as usize),
            node,
            attempt: Attempt::Others,
        }
    }

    fn queue(turns: u32) -> Queue {
        let mut queue = Queue::default();
        for node in 0..turns {
            queue.push(turn(node % 10, node));
        }
        queue
    }

    #[test]
    fn the_most_advanced_comes_first_until_the_search_is_stuck() {
        let mut queue = queue(100);
        let moments = std::iter::from_fn(|| queue.pop(9, 100)).map(|turn| turn.moment);
        assert!(moments.is_sorted_by(|a, b| a >= b));
    }

    #[test]
    fn a_search_that_is_stuck_takes_early_turns_too_and_each_once() {
        let mut queue = queue(1_000);
        assert_eq!(queue.pop(9, 0).map(|turn| turn.moment), Some(9));
        let rest = std::iter::from_fn(|| queue.pop(9, STUCK + 1));
        let rest: Vec<Turn> = rest.collect();
        let early: BTreeSet<u32> = rest[..100].iter().map(|turn| turn.moment).collect();
        assert_eq!(early, (0..10).collect());
        let nodes: BTreeSet<NodeId> = rest.iter().map(|turn| turn.node).collect();
        assert_eq!((rest.len(), nodes.len()), (999, 999));
    }
}
