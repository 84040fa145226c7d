//! Kafka: a log per key, each below a lock of its own in `lin-kv`.
//!
//! How it works: a message is appended under the lock of its log. The value of that lock is the log
//! itself: its length, its last messages, and the root of a tree in which the others are, whose
//! nodes are written once. A poll takes no lock; it peeks at a value of each log that was the last
//! committed one not long ago, and reads from there. The committed offsets are a map below one more
//! lock.
//!
//! Why it is right: offsets are given out and messages appended in one commit of the lock, so no
//! two messages have one offset, there are no gaps, and what has been committed never changes. Any
//! value that a poll peeks at is a prefix of the log; a later one is a longer prefix.
//!
//! What it costs: a compare-and-set with its reply per append, if the log was last appended to by
//! this node, and a read before that otherwise; callers that wait at one node share them. Once in 32
//! appends, some writes for the tree. One read with its reply per log and 50 ms for all polls at one
//! node. Commits of offsets cost what appends do. Nothing between the nodes.
//!
//! What it does not promise: that a poll sees what was appended elsewhere in the last 50 ms; a snapshot of several logs. An append whose outcome can't be told is
//! answered with error 0; it is made once, or not at all.

use mael::clap;
use mael::lock::{Map, Transaction};
use mael::prelude::*;
use mael::time::Duration;

/// A node with logs.
#[node]
pub struct Kafka {
    logs: Locks<String, Log>,
    committed: Lock<Map<String, u64>>,
    flags: Flags<Options>,
}

/// Replicated logs on lin-kv.
#[derive(clap::Parser)]
pub struct Options {
    /// Milliseconds by which what a poll gives may be out of date.
    #[arg(long, default_value_t = 50)]
    poll_age_ms: u64,
}

/// A log: its messages by their offsets, which begin at 0.
#[mael::message]
#[derive(Clone, Default)]
pub struct Log {
    len: u64,
    messages: Map<u64, i64>,
}

/// How many messages of a log one poll gives.
const PAGE: usize = 100;

#[handlers]
impl Kafka {
    /// Appends a message to a log, and gives its offset.
    #[handler(type = "send", reply = "offset")]
    async fn send(&self, key: String, msg: i64) -> mael::Result<u64> {
        let append = async |log: &mut Log, tx: &Transaction| {
            let offset = log.len;
            log.messages.insert(tx, offset, msg).await?;
            log.len += 1;
            Ok(offset)
        };
        self.logs.of(&key).update(append).await
    }

    /// The messages of some logs, from these offsets on.
    #[handler(type = "poll", reply = "msgs")]
    async fn poll(
        &self,
        offsets: BTreeMap<String, u64>,
    ) -> mael::Result<BTreeMap<String, Vec<(u64, i64)>>> {
        let age = Duration::from_millis(self.flags.poll_age_ms);
        let mut polled = BTreeMap::new();
        for (key, from) in offsets {
            let log = self.logs.of(&key);
            let now = log.peek_within(age).await?;
            let messages = now.messages.range(&log, &from, PAGE).await?;
            if !messages.is_empty() {
                polled.insert(key, messages);
            }
        }
        Ok(polled)
    }

    /// Notes up to where messages have been processed.
    #[handler(type = "commit_offsets")]
    async fn commit_offsets(&self, offsets: BTreeMap<String, u64>) -> mael::Result<()> {
        let raise = async |committed: &mut Map<String, u64>, tx: &Transaction| {
            for (key, offset) in &offsets {
                if committed
                    .get(tx, key)
                    .await?
                    .is_none_or(|known| known < *offset)
                {
                    committed.insert(tx, key.clone(), *offset).await?;
                }
            }
            Ok(())
        };
        self.committed.update(raise).await
    }

    /// Up to where messages have been processed.
    #[handler(type = "list_committed_offsets", reply = "offsets")]
    async fn list_committed_offsets(
        &self,
        keys: Vec<String>,
    ) -> mael::Result<BTreeMap<String, u64>> {
        let committed = self.committed.peek().await?;
        let mut offsets = BTreeMap::new();
        for key in keys {
            if let Some(offset) = committed.get(&self.committed, &key).await? {
                offsets.insert(key, offset);
            }
        }
        Ok(offsets)
    }
}
