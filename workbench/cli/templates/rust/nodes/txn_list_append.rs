//! A node that runs transactions over lists, all of which are protected by one lock.

use mael::prelude::*;

/// A node that keeps nothing itself: the lock and the lists are in the store lin-kv.
#[node]
pub struct Node {
    lists: Lock<BTreeMap<u64, Vec<i64>>>,
}

/// A step of a transaction: `["r", key, null]` or `["append", key, element]`.
type Step = (String, u64, Option<Value>);

/// An element to append, or a list that was read.
#[mael::message]
#[serde(untagged)]
#[derive(Clone)]
pub enum Value {
    /// An element.
    Element(i64),
    /// A list.
    List(Vec<i64>),
}

#[handlers]
impl Node {
    /// Runs the steps in order, and returns them with the lists that were read.
    #[handler(type = "txn", reply = "txn")]
    async fn txn(&self, txn: Vec<Step>) -> mael::Result<Vec<Step>> {
        let run = async |lists: &mut BTreeMap<u64, Vec<i64>>, _: &_| {
            let mut done = txn.clone();
            for (step, key, value) in &mut done {
                match (&**step, &value) {
                    ("r", _) => *value = lists.get(key).cloned().map(Value::List),
                    ("append", Some(Value::Element(element))) => {
                        lists.entry(*key).or_default().push(*element);
                    }
                    _ => return Err(Error::malformed_request("the steps are r and append")),
                }
            }
            Ok(done)
        };
        self.lists.update(run).await
    }
}

#[cfg(test)]
mod tests {
    use mael_sim::simulation::secs;
    use mael_sim::{Fault, simulate, workloads};

    use super::Node;

    #[test]
    fn transactions_are_strictly_serializable() {
        simulate::<Node>(workloads::TxnListAppend)
            .nodes(3)
            .rate(50.0)
            .time_limit(secs(5))
            .nemesis([Fault::Partition, Fault::Kill])
            .seeds(0..10)
            .check();
    }
}
