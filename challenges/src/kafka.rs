//! Kafka: a log for each key, protected by a lock in `lin-kv`.
//!
//! How it works: a message is appended by a transaction of the log's lock. The value of the lock is
//! the log itself: its length, its latest messages, and the root of a tree of immutable entries
//! with the other messages. A poll acquires no lock: it reads a recently committed value of each
//! log. The committed offsets are a map protected by one more lock.
//!
//! Why it is correct: a transaction assigns the offset and appends the message, so no two messages
//! have the same offset, there are no gaps, and committed messages never change. Every value that a
//! poll reads is a prefix of the log, and a later one is at least as long.
//!
//! Cost: one compare-and-set with its reply per append if this node was the last to append to the
//! log, and one more read otherwise; concurrent appends on one node share them. Once in 32 appends,
//! some writes for the tree. One read with its reply per log and 50 ms, for all polls on one node.
//! Commits of offsets cost as much as appends. No messages between the nodes.
//!
//! Limitations: a poll may not include messages appended on other nodes in the last 50 ms, and is
//! not a snapshot of several logs. If the outcome of an append is unknown, the client gets error 0
//! (timeout), and the message was appended once or not at all.

use mael::clap;
use mael::lock::{Map, Transaction};
use mael::prelude::*;
use mael::time::Duration;

/// A node that serves the logs.
#[node]
pub struct Kafka {
    logs: Locks<String, Log>,
    committed: Lock<Map<String, u64>>,
    flags: Flags<Options>,
}

/// Replicated logs on lin-kv.
#[derive(clap::Parser)]
pub struct Options {
    /// Maximum staleness of polled messages, in milliseconds
    #[arg(long, default_value_t = 50)]
    poll_age_ms: u64,
}

/// A log: its messages by offset, starting at 0.
#[mael::message]
#[derive(Clone, Default)]
pub struct Log {
    len: u64,
    messages: Map<u64, i64>,
}

/// The maximum number of messages of a log that one poll returns.
const PAGE: usize = 100;

#[handlers]
impl Kafka {
    /// Appends a message to a log, and returns its offset.
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

    /// Returns messages of these logs, starting at these offsets.
    #[handler(type = "poll", reply = "msgs")]
    async fn poll(
        &self,
        offsets: BTreeMap<String, u64>,
    ) -> mael::Result<BTreeMap<String, Vec<(u64, i64)>>> {
        let age = Duration::from_millis(self.flags.poll_age_ms);
        let mut polled = BTreeMap::new();
        for (key, from) in offsets {
            let log = self.logs.of(&key);
            let current = log.peek_within(age).await?;
            let messages = current.messages.range(&log, &from, PAGE).await?;
            if !messages.is_empty() {
                polled.insert(key, messages);
            }
        }
        Ok(polled)
    }

    /// Raises the committed offsets.
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

    /// Returns the committed offsets.
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
