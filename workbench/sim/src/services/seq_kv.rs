//! `seq-kv`: all callers see all changes in the same order, but may lag behind.
//!
//! Source: page "Services", section 4, with the rule that it recommends: a caller observes one of
//! the 32 newest states. (Maelstrom wraps around its ring of 32 states, so a caller that lags
//! further may go backwards.)

use std::collections::{BTreeMap, VecDeque};

use fastrand::Rng;
use mael::NodeId;
use mael_history::Value;

use super::{Reply, Request, Service};

/// The number of states that are stored.
const STATES: usize = 32;

/// The sequentially consistent key-value store.
#[derive(Debug, Default)]
pub struct SeqKv {
    /// The newest state.
    newest: BTreeMap<Value, Value>,
    /// The changes from the oldest stored state to the newest, one for each state.
    changes: VecDeque<Change>,
    /// The index of the newest state. The initial, empty state has index 0.
    last: u64,
    /// The newest state that each caller has observed.
    seen: BTreeMap<NodeId, u64>,
}

/// The difference between a state and the next one, which is at most the value of one key.
#[derive(Debug)]
struct Change {
    key: Value,
    before: Option<Value>,
}

impl SeqKv {
    /// Returns the value of a key in the state with this index, which must still be stored.
    fn value_at(&self, index: u64, key: &Value) -> Option<&Value> {
        let later = (self.last - index) as usize;
        let mut since = self.changes.range(self.changes.len() - later..);
        match since.find(|change| change.key == *key) {
            Some(change) => change.before.as_ref(),
            None => self.newest.get(key),
        }
    }

    /// Adds a new state, in which `key` has the value `stored`, or which is equal to the previous
    /// one if that is `None`.
    fn push(&mut self, key: &Value, stored: Option<Value>) {
        self.changes.push_back(Change {
            key: key.clone(),
            before: self.newest.get(key).cloned(),
        });
        if self.changes.len() == STATES {
            self.changes.pop_front();
        }
        self.last += 1;
        if let Some(value) = stored {
            self.newest.insert(key.clone(), value);
        }
    }
}

impl Service for SeqKv {
    fn handle(&mut self, src: &NodeId, request: &Request, random: &mut Rng) -> Option<Reply> {
        let Request::Key { key, operation } = request else {
            return None;
        };
        let oldest = self.last - self.changes.len() as u64;
        let seen = self.seen.get(src).copied().unwrap_or_default();
        let index = random.u64(seen.max(oldest)..=self.last);
        let shown = self.value_at(index, key);
        let (reply, stored) = operation.apply(shown);
        if stored.is_none() || stored.as_ref() == shown {
            self.seen.insert(src.clone(), index);
            return Some(reply);
        }
        // The operation would change the state that the caller observes, so it is applied to the
        // newest state instead, and adds a new state even if it fails there.
        let (reply, stored) = operation.apply(self.newest.get(key));
        self.push(key, stored);
        self.seen.insert(src.clone(), self.last);
        Some(reply)
    }

    fn newest(&self, key: &Value) -> Option<&Value> {
        self.newest.get(key)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::tests::{Caller, cas, code, read, write};
    use super::*;

    /// Returns a store to which n0 has written 1, 2, and so on up to `last` as the value of x.
    fn counted_to(last: i32) -> Caller<SeqKv> {
        let mut kv = Caller::of(SeqKv::default());
        for value in 1..=last {
            assert_eq!(kv.ask("n0", &write("x", value)), Reply::Write);
        }
        kv
    }

    /// Returns the value of a reply to a read, or 0 if the key is missing.
    fn value(reply: &Reply) -> i128 {
        match reply {
            Reply::Read(Value::Int(value)) => value.to().unwrap(),
            _ => i128::from(code(reply) - 20),
        }
    }

    #[test]
    fn new_callers_observe_different_states() {
        let mut kv = counted_to(10);
        let shown: BTreeSet<i128> = (0..100)
            .map(|caller| value(&kv.ask(&format!("n{}", caller + 1), &read("x"))))
            .collect();
        assert!(shown.len() > 5 && shown.contains(&10), "{shown:?}");
    }

    #[test]
    fn a_caller_reads_the_newest_state_after_a_write_that_changes_it() {
        for seed in 0..100 {
            let mut kv = counted_to(10).with_seed(seed);
            kv.ask("n1", &write("private", "n1-1"));
            assert_eq!(value(&kv.ask("n1", &read("x"))), 10);
        }
    }

    #[test]
    fn a_caller_that_only_reads_never_goes_back_and_reaches_the_newest_state() {
        let mut kv = counted_to(100);
        let mut before = 0;
        for _ in 0..40 {
            let now = value(&kv.ask("n1", &read("x")));
            assert!(before <= now);
            before = now;
        }
        assert_eq!(before, 100);
    }

    #[test]
    fn a_caller_that_lags_far_behind_observes_one_of_the_newest_states() {
        let mut shown = BTreeSet::new();
        for seed in 0..1000 {
            let mut kv = counted_to(100).with_seed(seed);
            shown.insert(value(&kv.ask("n1", &read("x"))));
        }
        assert_eq!(shown, (69..=100).collect());
    }

    #[test]
    fn a_cas_that_would_change_an_old_state_is_applied_to_the_newest() {
        let mut replayed = 0;
        for seed in 0..100 {
            let mut kv = counted_to(3).with_seed(seed);
            // On state 2, the cas succeeds and is applied to the newest state. On state 3, it only
            // fails.
            kv.service.seen.insert("n1".into(), 2);
            assert_eq!(code(&kv.ask("n1", &cas("x", 2, 9))), 22);
            assert_eq!(kv.service.seen[&NodeId::from("n1")], kv.service.last);
            replayed += kv.service.last - 3;
            assert_eq!(value(&kv.ask("n1", &read("x"))), 3);
        }
        assert!((30..70).contains(&replayed), "{replayed}");
    }

    #[test]
    fn a_write_that_does_not_change_an_old_state_is_not_applied() {
        let reverted = (0..100).find(|seed| {
            let mut kv = counted_to(2).with_seed(*seed);
            assert_eq!(kv.ask("n1", &write("x", 1)), Reply::Write);
            kv.service.newest[&Value::from("x")] == Value::from(2)
        });
        assert!(reverted.is_some());
    }
}
