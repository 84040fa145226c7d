//! What is to come, by its time: messages on their way, timers that were set.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use mael::time::Instant;

/// How many items that were taken back may lie about before they are cleared away, beside one for
/// each that is still to come.
const SPARE: usize = 1_024;

/// What happens at times of its own, when whoever moves time on says so.
pub(crate) trait Agenda {
    /// When something happens next.
    fn next_time(&self) -> Option<Instant>;

    /// Does what is due.
    fn attend(&self, now: Instant);
}

/// Nothing ever happens.
impl Agenda for () {
    fn next_time(&self) -> Option<Instant> {
        None
    }

    fn attend(&self, _: Instant) {}
}

/// Items that come at their time; of several at one time, the one that was added first.
pub(crate) struct Schedule<T> {
    /// When the item of which number comes, and where it is kept. Also those of items that were taken
    /// back, until their time comes.
    order: BinaryHeap<Reverse<(Instant, u64, usize)>>,
    /// Items do not move while others change places in the order.
    places: Vec<Place<T>>,
    free: Vec<usize>,
    added: u64,
}

/// Where an item is kept until it comes.
struct Place<T> {
    /// The number of the item that is here, or was here last.
    number: u64,
    item: Option<T>,
}

/// Names an item that was added.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    place: usize,
    number: u64,
}

impl<T> Default for Schedule<T> {
    fn default() -> Self {
        Self {
            order: BinaryHeap::new(),
            places: Vec::new(),
            free: Vec::new(),
            added: 0,
        }
    }
}

impl<T> Schedule<T> {
    /// Adds an item that comes at this time.
    pub(crate) fn add(&mut self, time: Instant, item: T) -> Key {
        let number = self.added;
        self.added += 1;
        let item = Some(item);
        let place = match self.free.pop() {
            Some(place) => {
                self.places[place] = Place { number, item };
                place
            }
            None => {
                self.places.push(Place { number, item });
                self.places.len() - 1
            }
        };
        self.order.push(Reverse((time, number, place)));
        Key { place, number }
    }

    /// An item that is still to come.
    pub(crate) fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        let place = &mut self.places[key.place];
        match place.number == key.number {
            true => place.item.as_mut(),
            false => None,
        }
    }

    /// Takes an item back, if it is still to come.
    pub(crate) fn take_back(&mut self, key: Key) -> Option<T> {
        let item = self.take(key)?;
        if self.order.len() > 2 * self.len() + SPARE {
            let places = &self.places;
            self.order.retain(|Reverse((_, number, place))| {
                let place = &places[*place];
                place.number == *number && place.item.is_some()
            });
        }
        Some(item)
    }

    /// When the next item comes.
    pub(crate) fn next_time(&mut self) -> Option<Instant> {
        while let Some(&Reverse((time, number, place))) = self.order.peek() {
            if self.get_mut(Key { place, number }).is_some() {
                return Some(time);
            }
            self.order.pop();
        }
        None
    }

    /// Takes the next item out if it comes at this time.
    pub(crate) fn pop_at(&mut self, time: Instant) -> Option<T> {
        let is_next = self.next_time() == Some(time);
        is_next.then(|| self.pop()).flatten().map(|(_, item)| item)
    }

    /// Takes the next item out, with its time.
    pub(crate) fn pop(&mut self) -> Option<(Instant, T)> {
        while let Some(Reverse((time, number, place))) = self.order.pop() {
            if let Some(item) = self.take(Key { place, number }) {
                return Some((time, item));
            }
        }
        None
    }

    /// How many items are still to come.
    pub(crate) fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }

    fn take(&mut self, key: Key) -> Option<T> {
        let place = &mut self.places[key.place];
        let item = match place.number == key.number {
            true => place.item.take()?,
            false => return None,
        };
        self.free.push(key.place);
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
    fn items_come_in_order_unless_they_are_taken_back() {
        let mut random = Rng::with_seed(1);
        let mut schedule = Schedule::default();
        let mut expected = BTreeSet::new();
        let mut keys = Vec::new();
        for number in 0..10_000u64 {
            match random.u8(..4) {
                0 => {
                    let next = expected.pop_first();
                    assert_eq!(schedule.next_time(), next.map(|(time, _)| time));
                    assert_eq!(schedule.pop(), next);
                }
                1 if !keys.is_empty() => {
                    let (item, key) = keys.swap_remove(random.usize(..keys.len()));
                    let is_to_come = expected.remove(&item);
                    assert_eq!(schedule.get_mut(key).is_some(), is_to_come);
                    assert_eq!(schedule.take_back(key).is_some(), is_to_come);
                }
                _ => {
                    let time = Instant::from_origin(Duration::from_nanos(random.u64(..100)));
                    keys.push(((time, number), schedule.add(time, number)));
                    expected.insert((time, number));
                }
            }
            assert_eq!(schedule.len(), expected.len());
        }
    }

    #[test]
    fn items_that_are_taken_back_do_not_pile_up() {
        let mut schedule = Schedule::default();
        for _ in 0..100 * SPARE {
            let key = schedule.add(Instant::default(), ());
            assert_eq!(schedule.take_back(key), Some(()));
        }
        assert!(schedule.order.len() <= SPARE + 2 && schedule.places.len() == 1);
        assert_eq!((schedule.next_time(), schedule.pop()), (None, None));
    }
}
