//! A queue of future events, such as messages in flight and timers, ordered by time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use mael::time::Instant;

/// The number of entries of removed items that may remain in `order`, in addition to one for each
/// item in the queue, before they are removed too.
const REMOVED: usize = 1_024;

/// A source of events that are processed when virtual time reaches them.
pub(crate) trait EventSource {
    /// Returns the time of the next event.
    fn next_time(&self) -> Option<Instant>;

    /// Processes the events that are due.
    fn process_due(&self, now: Instant);
}

/// Has no events.
impl EventSource for () {
    fn next_time(&self) -> Option<Instant> {
        None
    }

    fn process_due(&self, _: Instant) {}
}

/// Items ordered by time. Items with the same time are in the order in which they were added.
pub(crate) struct EventQueue<T> {
    /// The time, number and slot of each item. Entries of removed items remain until their time.
    order: BinaryHeap<Reverse<(Instant, u64, usize)>>,
    /// Items, which remain in their slot when `order` changes.
    slots: Vec<Slot<T>>,
    free: Vec<usize>,
    added: u64,
}

/// A slot for an item.
struct Slot<T> {
    /// The number of the current or the last item in the slot.
    number: u64,
    item: Option<T>,
}

/// Identifies an item in a queue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    slot: usize,
    number: u64,
}

impl<T> Default for EventQueue<T> {
    fn default() -> Self {
        Self {
            order: BinaryHeap::new(),
            slots: Vec::new(),
            free: Vec::new(),
            added: 0,
        }
    }
}

impl<T> EventQueue<T> {
    /// Adds an item at this time.
    pub(crate) fn add(&mut self, time: Instant, item: T) -> Key {
        let number = self.added;
        self.added += 1;
        let item = Some(item);
        let slot = match self.free.pop() {
            Some(slot) => {
                self.slots[slot] = Slot { number, item };
                slot
            }
            None => {
                self.slots.push(Slot { number, item });
                self.slots.len() - 1
            }
        };
        self.order.push(Reverse((time, number, slot)));
        Key { slot, number }
    }

    /// Returns an item, if it is still in the queue.
    pub(crate) fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        let slot = &mut self.slots[key.slot];
        if slot.number == key.number {
            slot.item.as_mut()
        } else {
            None
        }
    }

    /// Removes an item, if it is still in the queue.
    pub(crate) fn remove(&mut self, key: Key) -> Option<T> {
        let item = self.take(key)?;
        if self.order.len() > 2 * self.len() + REMOVED {
            let slots = &self.slots;
            self.order.retain(|Reverse((_, number, slot))| {
                let slot = &slots[*slot];
                slot.number == *number && slot.item.is_some()
            });
        }
        Some(item)
    }

    /// Returns the time of the next item.
    pub(crate) fn next_time(&mut self) -> Option<Instant> {
        while let Some(&Reverse((time, number, slot))) = self.order.peek() {
            if self.get_mut(Key { slot, number }).is_some() {
                return Some(time);
            }
            self.order.pop();
        }
        None
    }

    /// Removes and returns the next item if it is at this time.
    pub(crate) fn pop_at(&mut self, time: Instant) -> Option<T> {
        let is_next = self.next_time() == Some(time);
        is_next.then(|| self.pop()).flatten().map(|(_, item)| item)
    }

    /// Removes the next item and returns it with its time.
    pub(crate) fn pop(&mut self) -> Option<(Instant, T)> {
        while let Some(Reverse((time, number, slot))) = self.order.pop() {
            if let Some(item) = self.take(Key { slot, number }) {
                return Some((time, item));
            }
        }
        None
    }

    /// Returns the number of items in the queue.
    pub(crate) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    fn take(&mut self, key: Key) -> Option<T> {
        let slot = &mut self.slots[key.slot];
        let item = if slot.number == key.number {
            slot.item.take()?
        } else {
            return None;
        };
        self.free.push(key.slot);
        Some(item)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use fastrand::Rng;
    use mael::time::Duration;

    use super::*;

    #[test]
    fn items_are_popped_in_order_unless_they_are_removed() {
        let mut random = Rng::with_seed(1);
        let mut queue = EventQueue::default();
        let mut expected = BTreeSet::new();
        let mut keys = Vec::new();
        for number in 0..10_000u64 {
            match random.u8(..4) {
                0 => {
                    let next = expected.pop_first();
                    assert_eq!(queue.next_time(), next.map(|(time, _)| time));
                    assert_eq!(queue.pop(), next);
                }
                1 if !keys.is_empty() => {
                    let (item, key) = keys.swap_remove(random.usize(..keys.len()));
                    let is_to_come = expected.remove(&item);
                    assert_eq!(queue.get_mut(key).is_some(), is_to_come);
                    assert_eq!(queue.remove(key).is_some(), is_to_come);
                }
                _ => {
                    let time = Instant::from_origin(Duration::from_nanos(random.u64(..100)));
                    keys.push(((time, number), queue.add(time, number)));
                    expected.insert((time, number));
                }
            }
            assert_eq!(queue.len(), expected.len());
        }
    }

    #[test]
    fn removed_items_do_not_accumulate() {
        let mut queue = EventQueue::default();
        for _ in 0..100 * REMOVED {
            let key = queue.add(Instant::default(), ());
            assert_eq!(queue.remove(key), Some(()));
        }
        assert!(queue.order.len() <= REMOVED + 2 && queue.slots.len() == 1);
        assert_eq!((queue.next_time(), queue.pop()), (None, None));
    }
}
