//! A distributed queue whose specification is a queue on a single machine.

use std::collections::VecDeque;

use mael::Error;
use mael::prelude::*;
use mael_sim::specification;

/// A queue on a single machine.
#[node]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Queue {
    items: RefCell<VecDeque<i64>>,
}

/// A first-in-first-out queue. The reply to a `dequeue` of an empty queue is error 20.
#[specification]
#[handlers]
impl Queue {
    /// Appends a value to the end of the queue.
    #[handler(type = "enqueue")]
    fn enqueue(&self, #[draw(unique)] value: i64) {
        self.items.borrow_mut().push_back(value);
    }

    /// Removes the value at the front of the queue.
    #[handler(type = "dequeue", reply = "value")]
    fn dequeue(&self) -> mael::Result<i64> {
        let first = self.items.borrow_mut().pop_front();
        first.ok_or_else(|| Error::key_does_not_exist("the queue is empty"))
    }
}

/// A node that stores the queue in lin-kv, and changes it by compare-and-set.
#[node]
pub struct ReplicatedQueue {
    kv: LinKv,
}

#[handlers]
impl ReplicatedQueue {
    #[handler(type = "enqueue")]
    async fn enqueue(&self, value: i64) -> mael::Result<()> {
        let push = |items: Option<VecDeque<i64>>| {
            let mut items = items.unwrap_or_default();
            items.push_back(value);
            items
        };
        self.kv.update("queue", push).await?;
        Ok(())
    }

    #[handler(type = "dequeue", reply = "value")]
    async fn dequeue(&self) -> mael::Result<i64> {
        loop {
            let Some(items) = self.kv.read::<VecDeque<i64>>("queue").await? else {
                return Err(Error::key_does_not_exist("the queue is empty"));
            };
            let mut rest = items.clone();
            let Some(first) = rest.pop_front() else {
                return Err(Error::key_does_not_exist("the queue is empty"));
            };
            if self.kv.cas("queue", &items, &rest).await? {
                return Ok(first);
            }
        }
    }
}

/// Incorrect: it reads and writes without compare-and-set, so concurrent operations overwrite each
/// other.
#[node]
pub struct RacyQueue {
    kv: LinKv,
}

#[handlers]
impl RacyQueue {
    #[handler(type = "enqueue")]
    async fn enqueue(&self, value: i64) -> mael::Result<()> {
        let mut items = self
            .kv
            .read::<VecDeque<i64>>("queue")
            .await?
            .unwrap_or_default();
        items.push_back(value);
        self.kv.write("queue", &items).await
    }

    #[handler(type = "dequeue", reply = "value")]
    async fn dequeue(&self) -> mael::Result<i64> {
        let mut items = self
            .kv
            .read::<VecDeque<i64>>("queue")
            .await?
            .unwrap_or_default();
        let first = items.pop_front();
        self.kv.write("queue", &items).await?;
        first.ok_or_else(|| Error::key_does_not_exist("the queue is empty"))
    }
}

/// Incorrect: it returns the newest value instead of the oldest.
#[node]
pub struct LastInFirstOut {
    kv: LinKv,
}

#[handlers]
impl LastInFirstOut {
    #[handler(type = "enqueue")]
    async fn enqueue(&self, value: i64) -> mael::Result<()> {
        let push = |items: Option<VecDeque<i64>>| {
            let mut items = items.unwrap_or_default();
            items.push_back(value);
            items
        };
        self.kv.update("queue", push).await?;
        Ok(())
    }

    #[handler(type = "dequeue", reply = "value")]
    async fn dequeue(&self) -> mael::Result<i64> {
        loop {
            let items = self
                .kv
                .read::<VecDeque<i64>>("queue")
                .await?
                .unwrap_or_default();
            let mut rest = items.clone();
            let Some(last) = rest.pop_back() else {
                return Err(Error::key_does_not_exist("the queue is empty"));
            };
            if self.kv.cas("queue", &items, &rest).await? {
                return Ok(last);
            }
        }
    }
}
