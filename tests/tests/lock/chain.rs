//! A log as a user of the lock would store it: a linked list of entries that the lock's small value
//! refers to.

use mael::lock::EntryId;
use mael::prelude::*;
use mael::time::{self, Duration};

/// The value that a log's lock protects: the last entry of the chain and its length.
#[mael::message]
#[derive(Clone, Default)]
pub(crate) struct Log {
    pub(crate) last: Option<EntryId<Entry>>,
    pub(crate) len: u64,
}

#[mael::message]
pub(crate) struct Entry {
    number: u64,
    offset: u64,
    before: Option<EntryId<Entry>>,
}

/// Appends a number; the first attempt waits before it does. Returns the offset and the number of
/// attempts.
pub(crate) async fn append(
    lock: &Lock<Log>,
    number: u64,
    wait: Duration,
) -> mael::Result<(u64, u64)> {
    let runs = Cell::new(0);
    lock.update(async |log, tx| {
        runs.set(runs.get() + 1);
        if runs.get() == 1 {
            time::sleep(wait).await;
        }
        let entry = Entry {
            number,
            offset: log.len,
            before: log.last.clone(),
        };
        log.last = Some(tx.put(&entry).await?);
        log.len += 1;
        Ok((entry.offset, runs.get()))
    })
    .await
}

/// Follows the chain to its start. Returns a `crash` error if the chain is not intact.
pub(crate) async fn walk(lock: &Lock<Log>) -> mael::Result<Vec<u64>> {
    let log = lock.peek().await?;
    let (mut numbers, mut next) = (Vec::new(), log.last);
    while let Some(id) = next {
        let entry = lock.get(&id).await?;
        numbers.push(entry.number);
        if entry.offset + numbers.len() as u64 != log.len {
            return Err(Error::crash(format!("{id:?} is at the wrong offset")));
        }
        next = entry.before;
    }
    if numbers.len() as u64 != log.len {
        return Err(Error::crash(format!(
            "the chain's length is not {}",
            log.len
        )));
    }
    numbers.reverse();
    Ok(numbers)
}
