//! A node that runs transactions over registers, all of which are protected by one lock.

use mael::prelude::*;

/// A node that keeps nothing itself: the lock and the registers are in the store lin-kv.
#[node]
pub struct Node {
    registers: Lock<BTreeMap<u64, i64>>,
}

/// A step of a transaction: `["r", key, null]` or `["w", key, value]`.
type Step = (String, u64, Option<i64>);

#[handlers]
impl Node {
    /// Runs the steps in order, and returns them with the values that were read.
    #[handler(type = "txn", reply = "txn")]
    async fn txn(&self, txn: Vec<Step>) -> mael::Result<Vec<Step>> {
        let run = async |registers: &mut BTreeMap<u64, i64>, _: &_| {
            let mut done = txn.clone();
            for (step, key, value) in &mut done {
                match (&**step, &value) {
                    ("r", _) => *value = registers.get(key).copied(),
                    ("w", Some(value)) => drop(registers.insert(*key, *value)),
                    _ => {
                        return Err(Error::malformed_request(
                            "the steps are r, and w with a value",
                        ));
                    }
                }
            }
            Ok(done)
        };
        self.registers.update(run).await
    }
}

#[cfg(test)]
mod tests {
    use mael_sim::simulation::secs;
    use mael_sim::{Fault, simulate, workloads};

    use super::Node;

    #[test]
    fn transactions_are_strictly_serializable() {
        simulate::<Node>(workloads::TxnRwRegister)
            .nodes(3)
            .rate(50.0)
            .time_limit(secs(5))
            .nemesis([Fault::Partition, Fault::Kill])
            .seeds(0..10)
            .check();
    }
}
