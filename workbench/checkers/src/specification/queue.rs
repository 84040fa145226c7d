//! The order in which a search tries configurations.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::configuration::NodeId;

/// A node and what to try from it. The greatest item is tried first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct WorkItem {
    pub(super) return_index: u32,
    pub(super) indeterminate: Reverse<usize>,
    pub(super) age: Reverse<usize>,
    pub(super) node: NodeId,
    pub(super) attempt: Attempt,
}

/// What to try from a node.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Attempt {
    /// Place the next call to return.
    Returning,
    /// Place another call first, after which it fits.
    Fitting,
    /// Place any other call first.
    Others,
}

/// A search is stuck after this many nodes without progress.
const NODES_UNTIL_STUCK: usize = 100;

/// How many items in a row an excursion may try without progress.
const MAX_IDLE_ITEMS: usize = 4;

/// The work items that are left: two alternating searches of the same nodes.
///
/// The most advanced configuration is tried first. That works well if a wrong choice shows soon,
/// and badly if it was made long ago, since everything that follows from it is tried before it is
/// undone. So once the search is stuck, it alternates with excursions that start earlier: one
/// return index earlier, then two, within a range that doubles. An excursion continues from its
/// start, the most advanced configuration first, as long as it makes progress.
#[derive(Default)]
pub(super) struct Queue {
    /// The items of the current start; all items until the search is stuck.
    current: BinaryHeap<WorkItem>,
    /// The other items, by return index.
    by_return_index: BTreeMap<u32, BinaryHeap<WorkItem>>,
    len: usize,
    furthest: u32,
    /// The number of nodes when `furthest` was reached.
    nodes: usize,
    /// How far the current start has come, and how many items it has tried since.
    reached: u32,
    idle: usize,
    /// How many return indexes back the last early start was, and how many the next ones may be.
    back: u32,
    max_back: u32,
    starts_early: bool,
}

impl Queue {
    pub(super) fn push(&mut self, item: WorkItem) {
        self.len += 1;
        self.current.push(item);
    }

    /// Returns the memory of the queue, in bytes.
    pub(super) fn bytes(&self) -> usize {
        // The capacity of a heap is at most twice its length.
        2 * self.len * size_of::<WorkItem>()
    }

    /// Returns the next item of a search that has this many nodes.
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

    /// Makes the item of a new start the current one.
    fn start(&mut self, is_stuck: bool) {
        for item in self.current.drain() {
            self.by_return_index
                .entry(item.return_index)
                .or_default()
                .push(item);
        }
        self.starts_early = is_stuck && !self.starts_early;
        let max = if self.starts_early {
            self.early()
        } else {
            u32::MAX
        };
        let before = self.by_return_index.range(..=max).next_back();
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

    /// Returns the return index of the next early start.
    fn early(&mut self) -> u32 {
        self.back += 1;
        if self.back > self.max_back {
            self.back = 1;
            self.max_back = if self.max_back > self.furthest {
                1
            } else {
                2 * self.max_back
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
    fn the_most_advanced_item_comes_first_until_the_search_is_stuck() {
        let mut queue = queue(100);
        let return_indexes = std::iter::from_fn(|| queue.pop(9, 100)).map(|item| item.return_index);
        assert!(return_indexes.is_sorted_by(|a, b| a >= b));
    }

    #[test]
    fn a_stuck_search_also_tries_early_items_and_each_item_once() {
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
