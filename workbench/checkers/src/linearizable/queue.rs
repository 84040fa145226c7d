//! What a search tries next.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::configuration::NodeId;

/// What is to be tried, the best last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct WorkItem {
    pub(super) return_index: u32,
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
const NODES_UNTIL_STUCK: usize = 10_000;

/// How many turns in a row an excursion may take without getting further.
const MAX_IDLE_ITEMS: usize = 16;

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
    current: BinaryHeap<WorkItem>,
    /// The others.
    by_return_index: BTreeMap<u32, BinaryHeap<WorkItem>>,
    len: usize,
    furthest: u32,
    /// How many nodes there were when that was reached.
    nodes: usize,
    /// How far the excursion has come, and how many turns it has taken since.
    reached: u32,
    idle: usize,
    /// How many moments back the last early start was, and how many the next ones may be.
    back: u32,
    max_back: u32,
    starts_early: bool,
}

impl Queue {
    pub(super) fn push(&mut self, item: WorkItem) {
        self.len += 1;
        self.current.push(item);
    }

    /// How much memory this takes, in bytes.
    pub(super) fn bytes(&self) -> usize {
        // A heap has room for twice what it holds at most.
        2 * self.len * size_of::<WorkItem>()
    }

    /// The next turn of a search that has this many nodes.
    pub(super) fn pop(&mut self, furthest: u32, nodes: usize) -> Option<WorkItem> {
        if furthest > self.furthest {
            (self.furthest, self.nodes) = (furthest, nodes);
            (self.back, self.max_back) = (0, 1);
        }
        let is_stuck = nodes - self.nodes > NODES_UNTIL_STUCK;
        if self.current.is_empty() || (is_stuck && self.idle > MAX_IDLE_ITEMS) {
            self.start(is_stuck);
        }
        let item = self.current.pop()?;
        self.len -= 1;
        if item.return_index > self.reached {
            (self.reached, self.idle) = (item.return_index, 0);
        } else {
            self.idle += 1;
        }
        Some(item)
    }

    /// Puts the turn of a new start at hand.
    fn start(&mut self, is_stuck: bool) {
        for item in self.current.drain() {
            self.by_return_index
                .entry(item.return_index)
                .or_default()
                .push(item);
        }
        self.starts_early = is_stuck && !self.starts_early;
        let most = match self.starts_early {
            true => self.early(),
            false => u32::MAX,
        };
        let before = self.by_return_index.range(..=most).next_back();
        let return_index = before
            .or(self.by_return_index.last_key_value())
            .map(|(it, _)| *it);
        let Some(return_index) = return_index else {
            return;
        };
        if let Some(items) = self.by_return_index.get_mut(&return_index) {
            self.current.extend(items.pop());
            if items.is_empty() {
                self.by_return_index.remove(&return_index);
            }
        }
        (self.reached, self.idle) = (return_index, 0);
    }

    /// The moment of the next early start.
    fn early(&mut self) -> u32 {
        self.back += 1;
        if self.back > self.max_back {
            self.back = 1;
            self.max_back = match self.max_back > self.furthest {
                true => 1,
                false => 2 * self.max_back,
            };
        }
        self.furthest.saturating_sub(self.back)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn item(return_index: u32, node: NodeId) -> WorkItem {
        WorkItem {
            return_index,
            indeterminate: Reverse(0),
            age: Reverse(node as usize),
            node,
            attempt: Attempt::Others,
        }
    }

    fn queue(items: u32) -> Queue {
        let mut queue = Queue::default();
        for node in 0..items {
            queue.push(item(node % 10, node));
        }
        queue
    }

    #[test]
    fn the_most_advanced_comes_first_until_the_search_is_stuck() {
        let mut queue = queue(100);
        let return_indexes = std::iter::from_fn(|| queue.pop(9, 100)).map(|item| item.return_index);
        assert!(return_indexes.is_sorted_by(|a, b| a >= b));
    }

    #[test]
    fn a_search_that_is_stuck_takes_early_turns_too_and_each_once() {
        let mut queue = queue(1_000);
        assert_eq!(queue.pop(9, 0).map(|item| item.return_index), Some(9));
        let rest = std::iter::from_fn(|| queue.pop(9, NODES_UNTIL_STUCK + 1));
        let rest: Vec<WorkItem> = rest.collect();
        let early: BTreeSet<u32> = rest[..100].iter().map(|item| item.return_index).collect();
        assert_eq!(early, (0..10).collect());
        let nodes: BTreeSet<NodeId> = rest.iter().map(|item| item.node).collect();
        assert_eq!((rest.len(), nodes.len()), (999, 999));
    }
}
