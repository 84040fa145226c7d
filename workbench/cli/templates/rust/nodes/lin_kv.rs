//! A node of a key-value store, which passes requests on to the store lin-kv.

use mael::prelude::*;

/// A node that keeps nothing itself. Clients wait one second for a reply, so that it must not wait
/// longer for the store.
#[node(deadline_ms = 900, rpc_timeout_ms = 900)]
pub struct Node {
    kv: LinKv,
}

#[handlers]
impl Node {
    /// Returns the value of a key.
    #[handler(type = "read", reply = "value")]
    async fn read(&self, key: u64) -> mael::Result<i64> {
        let value = self.kv.read(key).await?;
        value.ok_or_else(|| Error::key_does_not_exist("the key was never written"))
    }

    /// Sets the value of a key.
    #[handler(type = "write")]
    async fn write(&self, key: u64, value: i64) -> mael::Result<()> {
        self.kv.write(key, &value).await
    }

    /// Sets the value of a key to `to` if it is `from`.
    #[handler(type = "cas")]
    async fn cas(&self, key: u64, from: i64, to: i64) -> mael::Result<()> {
        // A failed compare-and-set does not say whether there is a value.
        self.read(key).await?;
        if self.kv.cas(key, &from, &to).await? {
            return Ok(());
        }
        Err(Error::precondition_failed("the key has another value"))
    }
}

#[cfg(test)]
mod tests {
    use mael_sim::simulation::secs;
    use mael_sim::{Fault, simulate, workloads};

    use super::Node;

    #[test]
    fn operations_are_linearizable() {
        simulate::<Node>(workloads::LinKv)
            .nodes(3)
            .concurrency(6)
            .rate(50.0)
            .time_limit(secs(5))
            .nemesis([Fault::Partition, Fault::Kill])
            .seeds(0..10)
            .check();
    }
}
