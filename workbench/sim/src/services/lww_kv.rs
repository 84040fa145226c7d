//! `lww-kv`: two replicas that are merged from time to time, and are deliberately inconsistent.
//!
//! Acknowledged writes can be lost, and reads can go back to older values. Source: page "Services",
//! section 5.

use std::collections::BTreeMap;

use fastrand::Rng;
use mael::NodeId;
use mael_history::Value;

use super::{Operation, Reply, Request, Service};

/// The number of replicas. (Maelstrom's documentation says 5, but its source has 2.)
const REPLICAS: usize = 2;

/// The eventually consistent key-value store, in which the last write wins.
#[derive(Debug, Default)]
pub struct LwwKv([Replica; REPLICAS]);

/// A copy of the data, with its own logical clock.
#[derive(Debug, Default)]
struct Replica {
    clock: u64,
    entries: BTreeMap<Value, Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    timestamp: u64,
    value: Value,
}

impl LwwKv {
    /// Merges replica `source` into replica `target`, which then has the newer value of each key.
    /// If both are equally old, the value of `source` wins.
    fn merge(&mut self, source: usize, target: usize) {
        let Ok([source, target]) = self.0.get_disjoint_mut([source, target]) else {
            return;
        };
        target.clock = target.clock.max(source.clock);
        for (key, entry) in &source.entries {
            let known = target.entries.get(key);
            if known.is_none_or(|known| known.timestamp <= entry.timestamp) {
                target.entries.insert(key.clone(), entry.clone());
            }
        }
    }
}

impl Replica {
    fn handle(&mut self, key: &Value, operation: &Operation) -> Reply {
        let current = self.entries.get(key).map(|entry| &entry.value);
        let (reply, stored) = match (operation, current) {
            // A cas never creates a missing key, not even with `create_if_not_exists`.
            (Operation::Cas { .. }, None) => Operation::Read.apply(None),
            _ => operation.apply(current),
        };
        if let Some(value) = stored {
            let timestamp = self.clock;
            self.entries.insert(key.clone(), Entry { timestamp, value });
            self.clock += 1;
        }
        reply
    }
}

impl Service for LwwKv {
    fn handle(&mut self, _: &NodeId, request: &Request, random: &mut Rng) -> Option<Reply> {
        let Request::Key { key, operation } = request else {
            return None;
        };
        let mut replica = || random.usize(..REPLICAS);
        let (source, target, asked) = (replica(), replica(), replica());
        self.merge(source, target);
        Some(self.0[asked].handle(key, operation))
    }

    fn newest(&self, key: &Value) -> Option<&Value> {
        let entries = self.0.iter().filter_map(|replica| replica.entries.get(key));
        let newest = entries.max_by_key(|entry| entry.timestamp);
        newest.map(|entry| &entry.value)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::tests::{Caller, code, create, read, write};
    use super::*;

    fn store(replica: &mut Replica, value: i32) {
        let value = Value::from(value);
        replica.handle(&Value::from("x"), &Operation::Write(value));
    }

    fn held(kv: &LwwKv, replica: usize) -> &Value {
        &kv.0[replica].entries[&Value::from("x")].value
    }

    #[test]
    fn the_source_of_a_merge_wins_if_values_are_equally_old() {
        let mut kv = LwwKv::default();
        store(&mut kv.0[0], 1);
        store(&mut kv.0[1], 2);
        assert_eq!(kv.0[1].clock, 1);
        kv.merge(0, 1);
        assert_eq!((held(&kv, 0), held(&kv, 1)), (&1.into(), &1.into()));
    }

    #[test]
    fn a_newer_value_wins_from_either_side() {
        let mut kv = LwwKv::default();
        store(&mut kv.0[0], 1);
        store(&mut kv.0[1], 2);
        store(&mut kv.0[1], 3);
        kv.merge(0, 1);
        assert_eq!(held(&kv, 1), &3.into());
        kv.merge(1, 0);
        assert_eq!((held(&kv, 0), kv.0[0].clock), (&3.into(), 2));
    }

    #[test]
    fn a_cas_never_creates_a_key() {
        let mut kv = Caller::of(LwwKv::default());
        assert_eq!(code(&kv.ask("n0", &create("x", 1, 2))), 20);
    }

    #[test]
    fn replicas_differ_after_a_write_and_then_converge() {
        let mut shown = BTreeSet::new();
        for seed in 0..100 {
            let mut kv = Caller::of(LwwKv::default()).with_seed(seed);
            kv.ask("n0", &write("x", 1));
            shown.insert(matches!(kv.ask("n0", &read("x")), Reply::Read(_)));
            for _ in 0..60 {
                kv.ask("n0", &read("x"));
            }
            assert_eq!(held(&kv.service, 0), held(&kv.service, 1));
        }
        assert_eq!(shown, BTreeSet::from([false, true]));
    }
}
