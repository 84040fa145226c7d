//! A specification: a queue on a single machine.

use std::collections::VecDeque;

use mael::Error;
use mael::prelude::*;
use mael_sim::specification;

/// A queue.
#[node]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Queue {
    items: RefCell<VecDeque<i64>>,
}

/// A first-in-first-out queue.
#[specification]
#[handlers]
impl Queue {
    /// Appends a value.
    #[handler(type = "enqueue", weight = 2)]
    fn enqueue(&self, #[draw(unique)] value: i64) {
        self.items.borrow_mut().push_back(value);
    }

    /// Removes the first value.
    #[handler(type = "dequeue", reply = "value")]
    fn dequeue(&self) -> mael::Result<i64> {
        let first = self.items.borrow_mut().pop_front();
        first.ok_or_else(|| Error::key_does_not_exist("the queue is empty"))
    }
}
