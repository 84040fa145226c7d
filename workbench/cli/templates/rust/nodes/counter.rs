//! A node of a counter, whose value is in the store lin-kv.

use mael::prelude::*;

/// A node that keeps nothing itself, so that it can be killed.
#[node]
pub struct Node {
    kv: LinKv,
}

#[handlers]
impl Node {
    /// Adds `delta` by compare-and-set, which is repeated if other nodes change the counter.
    #[handler(type = "add")]
    async fn add(&self, delta: i64) -> mael::Result<()> {
        let sum = |value: Option<i64>| value.unwrap_or(0) + delta;
        self.kv.update("counter", sum).await?;
        Ok(())
    }

    /// Returns the value of the counter.
    #[handler(type = "read", reply = "value")]
    async fn read(&self) -> mael::Result<i64> {
        Ok(self.kv.read("counter").await?.unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use mael_sim::simulation::secs;
    use mael_sim::{Fault, simulate, workloads};

    use super::Node;

    #[test]
    fn the_final_reads_have_the_sum_of_all_additions() {
        simulate::<Node>(workloads::GCounter)
            .nodes(3)
            .rate(20.0)
            .time_limit(secs(5))
            .nemesis([Fault::Partition, Fault::Kill])
            .seeds(0..10)
            .check();
    }
}
