//! A node that serves logs, each of which is one value in the store lin-kv.

use mael::prelude::*;

/// A node that keeps nothing itself, so that it can be killed.
#[node]
pub struct Node {
    kv: LinKv,
}

#[handlers]
impl Node {
    /// Appends a message to a log, and returns its offset, which is its index.
    #[handler(type = "send", reply = "offset")]
    async fn send(&self, key: String, msg: i64) -> mael::Result<usize> {
        let append = |log: Option<Vec<i64>>| [log.unwrap_or_default(), vec![msg]].concat();
        let log = self.kv.update(("log", key), append).await?;
        Ok(log.len() - 1)
    }

    /// Returns the messages of these logs from these offsets on, each with its offset.
    #[handler(type = "poll", reply = "msgs")]
    async fn poll(
        &self,
        offsets: BTreeMap<String, usize>,
    ) -> mael::Result<BTreeMap<String, Vec<(usize, i64)>>> {
        let mut polled = BTreeMap::new();
        for (key, from) in offsets {
            let log: Vec<i64> = self.kv.read(("log", &key)).await?.unwrap_or_default();
            polled.insert(key, log.into_iter().enumerate().skip(from).collect());
        }
        Ok(polled)
    }

    /// Raises the committed offsets of these logs.
    #[handler(type = "commit_offsets")]
    async fn commit_offsets(&self, offsets: BTreeMap<String, u64>) -> mael::Result<()> {
        for (key, offset) in offsets {
            let raise = |committed: Option<u64>| committed.unwrap_or(0).max(offset);
            self.kv.update(("committed", key), raise).await?;
        }
        Ok(())
    }

    /// Returns the committed offsets of these logs.
    #[handler(type = "list_committed_offsets", reply = "offsets")]
    async fn list_committed_offsets(
        &self,
        keys: Vec<String>,
    ) -> mael::Result<BTreeMap<String, u64>> {
        let mut offsets = BTreeMap::new();
        for key in keys {
            if let Some(offset) = self.kv.read(("committed", &key)).await? {
                offsets.insert(key, offset);
            }
        }
        Ok(offsets)
    }
}

#[cfg(test)]
mod tests {
    use mael_sim::simulation::secs;
    use mael_sim::{Fault, simulate, workloads};

    use super::Node;

    #[test]
    fn no_message_is_lost_or_moved() {
        simulate::<Node>(workloads::Kafka)
            .nodes(3)
            .rate(50.0)
            .time_limit(secs(5))
            .nemesis([Fault::Partition, Fault::Kill])
            .seeds(0..10)
            .check();
    }
}
