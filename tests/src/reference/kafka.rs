//! Kafka: a log per key and the committed offsets, each a value in `lin-kv`.

use mael::clap::{self, ValueEnum};
use mael::prelude::*;

use super::Options;

/// A node that serves logs.
#[node]
pub struct Kafka {
    kv: LinKv,
    flags: Flags<Options<Bug>>,
}

/// The bugs of the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Bug {
    /// It acknowledges some messages but leaves a gap at their offsets.
    LosesMessages,
    /// It reads and writes the log without a compare-and-set, and so overwrites concurrent writes.
    WritesWithoutCas,
    /// It appends some messages twice.
    AppendsTwice,
    /// It inserts some messages before the last one.
    InsertsBeforeLast,
    /// It replies with a definite error to some messages after appending them.
    FailsAfterCommit,
    /// Its polls omit some messages.
    SkipsMessages,
    /// Its polls start one message too early.
    PollsTooEarly,
    /// Its polls return the newest message first.
    PollsInReverse,
    /// Its polls omit the last message.
    HidesLast,
    /// It returns some wrong offsets.
    ReturnsWrongOffsets,
}

/// A message with its offset.
type Entry = (u64, u64);
/// A log: `None` where a message was lost.
type Log = Vec<Option<u64>>;

#[handlers]
impl Kafka {
    /// Appends a message to a log.
    #[handler(reply = "offset")]
    async fn send(&self, key: String, msg: u64) -> mael::Result<u64> {
        let log_key = format!("log/{key}");
        let message = (!self.flags.now_has(Bug::LosesMessages)).then_some(msg);
        let twice = self.flags.now_has(Bug::AppendsTwice);
        let earlier = self.flags.now_has(Bug::InsertsBeforeLast);
        let append = |log: Option<Log>| {
            let mut log = log.unwrap_or_default();
            let end = log.len() - usize::from(earlier && !log.is_empty());
            log.insert(end, message);
            if twice {
                log.push(message);
            }
            log
        };
        let log = if self.flags.has(Bug::WritesWithoutCas) {
            let log = append(self.kv.read(&log_key).await?);
            self.kv.write(&log_key, &log).await?;
            log
        } else {
            self.kv.update(&log_key, append).await?
        };
        if self.flags.now_has(Bug::FailsAfterCommit) {
            let text = "the log does not accept messages now";
            return Err(Error::new(ErrorCode::TemporarilyUnavailable, text));
        }
        let after = 1 + u64::from(twice) + u64::from(earlier && log.len() > 1);
        let wrong = u64::from(self.flags.now_has(Bug::ReturnsWrongOffsets));
        Ok((log.len() as u64 - after).saturating_sub(wrong))
    }

    /// Returns the messages of some logs, starting at these offsets.
    #[handler(reply = "msgs")]
    async fn poll(
        &self,
        offsets: BTreeMap<String, u64>,
    ) -> mael::Result<BTreeMap<String, Vec<Entry>>> {
        let mut polled = BTreeMap::new();
        for (key, from) in offsets {
            let from = from - u64::from(self.flags.has(Bug::PollsTooEarly) && from > 0);
            let log: Log = self
                .kv
                .read(format!("log/{key}"))
                .await?
                .unwrap_or_default();
            let entries = (0..).zip(log).skip(from as usize);
            let mut entries: Vec<Entry> = entries
                .filter_map(|(offset, message)| Some((offset, message?)))
                .collect();
            if self.flags.has(Bug::HidesLast) {
                entries.pop();
            }
            if self.flags.now_has(Bug::SkipsMessages) && entries.len() > 1 {
                entries.remove(0);
            }
            if self.flags.has(Bug::PollsInReverse) {
                entries.reverse();
            }
            if !entries.is_empty() {
                polled.insert(key, entries);
            }
        }
        Ok(polled)
    }

    /// Commits the offsets up to which messages have been processed.
    #[handler]
    async fn commit_offsets(&self, offsets: BTreeMap<String, u64>) -> mael::Result<()> {
        for (key, offset) in offsets {
            let newest = |committed: Option<u64>| committed.unwrap_or(0).max(offset);
            self.kv.update(format!("committed/{key}"), newest).await?;
        }
        Ok(())
    }

    /// Returns the committed offsets.
    #[handler(reply = "offsets")]
    async fn list_committed_offsets(
        &self,
        keys: Vec<String>,
    ) -> mael::Result<BTreeMap<String, u64>> {
        let mut offsets = BTreeMap::new();
        for key in keys {
            if let Some(offset) = self.kv.read(format!("committed/{key}")).await? {
                offsets.insert(key, offset);
            }
        }
        Ok(offsets)
    }
}
