//! A replicated log whose specification is a log on a single machine.

use mael::Error;
use mael::prelude::*;
use mael_sim::specification;

/// A log on a single machine.
#[node]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Log {
    entries: RefCell<Vec<u64>>,
}

/// A log whose entries have the offsets 0, 1, 2, and so on. A `get` of an offset past the end is
/// answered with error 20.
#[specification(name = "replicated-log")]
#[handlers]
impl Log {
    /// Appends an entry, and returns its offset.
    #[handler(type = "append", reply = "offset")]
    fn append(&self, #[draw(unique)] entry: u64) -> usize {
        let mut entries = self.entries.borrow_mut();
        entries.push(entry);
        entries.len() - 1
    }

    /// Returns the entry at an offset.
    #[handler(type = "get", reply = "entry", read_only)]
    fn get(&self, #[draw(0..10)] offset: usize) -> mael::Result<u64> {
        let entry = self.entries.borrow().get(offset).copied();
        entry.ok_or_else(past_the_end)
    }
}

fn past_the_end() -> Error {
    Error::key_does_not_exist("the offset is past the end of the log")
}

/// Each offset is a key of lin-kv, and an entry takes the first that is free.
#[node]
pub struct ReplicatedLog {
    kv: LinKv,
    /// All offsets before this one are taken.
    end: Cell<usize>,
}

#[handlers]
impl ReplicatedLog {
    #[handler(type = "append", reply = "offset")]
    async fn append(&self, entry: u64) -> mael::Result<usize> {
        loop {
            let offset = self.end.get();
            let taken = self.kv.cas_or_create(offset, &entry, &entry).await?;
            self.end.set(self.end.get().max(offset + 1));
            if taken {
                return Ok(offset);
            }
        }
    }

    #[handler(type = "get", reply = "entry")]
    async fn get(&self, offset: usize) -> mael::Result<u64> {
        self.kv.read(offset).await?.ok_or_else(past_the_end)
    }
}

/// Incorrect: it looks for a free offset and writes its entry in two separate steps, so it
/// overwrites an entry that was written there in between.
#[node]
pub struct OverwritingLog {
    kv: LinKv,
    end: Cell<usize>,
}

#[handlers]
impl OverwritingLog {
    #[handler(type = "append", reply = "offset")]
    async fn append(&self, entry: u64) -> mael::Result<usize> {
        while self.kv.read::<u64>(self.end.get()).await?.is_some() {
            self.end.set(self.end.get() + 1);
        }
        let offset = self.end.get();
        self.kv.write(offset, &entry).await?;
        Ok(offset)
    }

    #[handler(type = "get", reply = "entry")]
    async fn get(&self, offset: usize) -> mael::Result<u64> {
        self.kv.read(offset).await?.ok_or_else(past_the_end)
    }
}

/// Incorrect: it remembers which offsets were past the end, and does not ask for them again, so it
/// misses the entries that are appended later.
#[node]
pub struct CachingLog {
    kv: LinKv,
    end: Cell<usize>,
    missing: RefCell<BTreeSet<usize>>,
}

#[handlers]
impl CachingLog {
    #[handler(type = "append", reply = "offset")]
    async fn append(&self, entry: u64) -> mael::Result<usize> {
        loop {
            let offset = self.end.get();
            let taken = self.kv.cas_or_create(offset, &entry, &entry).await?;
            self.end.set(self.end.get().max(offset + 1));
            if taken {
                return Ok(offset);
            }
        }
    }

    #[handler(type = "get", reply = "entry")]
    async fn get(&self, offset: usize) -> mael::Result<u64> {
        if self.missing.borrow().contains(&offset) {
            return Err(past_the_end());
        }
        let entry = self.kv.read(offset).await?;
        if entry.is_none() {
            self.missing.borrow_mut().insert(offset);
        }
        entry.ok_or_else(past_the_end)
    }
}
