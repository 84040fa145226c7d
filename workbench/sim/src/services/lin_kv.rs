//! `lin-kv`: a map on which every request takes effect atomically.
//!
//! It is linearizable across all keys. Source: page "Services", section 3.

use std::collections::BTreeMap;

use fastrand::Rng;
use mael::NodeId;
use mael_history::Value;

use super::{Reply, Request, Service};

/// The linearizable key-value store.
#[derive(Debug, Default)]
pub struct LinKv(BTreeMap<Value, Value>);

impl Service for LinKv {
    fn handle(&mut self, _: &NodeId, request: &Request, _: &mut Rng) -> Option<Reply> {
        let Request::Key { key, operation } = request else {
            return None;
        };
        let (reply, stored) = operation.apply(self.0.get(key));
        if let Some(value) = stored {
            self.0.insert(key.clone(), value);
        }
        Some(reply)
    }

    fn newest(&self, key: &Value) -> Option<&Value> {
        self.0.get(key)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Caller, cas, code, create, read, write};
    use super::*;

    #[test]
    fn requests_read_write_and_compare_and_set_keys() {
        let mut kv = Caller::of(LinKv::default());
        assert_eq!(code(&kv.ask("n0", &read("x"))), 20);
        assert_eq!(code(&kv.ask("n0", &cas("x", 1, 2))), 20);
        assert_eq!(kv.ask("n0", &write("x", 1)), Reply::Write);
        assert_eq!(kv.ask("n1", &cas("x", 1, 2)), Reply::Cas);
        assert_eq!(code(&kv.ask("n0", &cas("x", 1, 3))), 22);
        assert_eq!(kv.ask("n2", &read("x")), Reply::Read(Value::from(2)));
        assert_eq!(kv.ask("n0", &cas("x", 2, 2)), Reply::Cas);
    }

    #[test]
    fn create_if_not_exists_sets_a_missing_key_and_compares_an_existing_one() {
        let mut kv = Caller::of(LinKv::default());
        assert_eq!(kv.ask("n0", &create("x", 7, 1)), Reply::Cas);
        assert_eq!(kv.ask("n0", &read("x")), Reply::Read(Value::from(1)));
        assert_eq!(code(&kv.ask("n0", &create("x", 7, 2))), 22);
        assert_eq!(kv.ask("n0", &create("x", 1, 2)), Reply::Cas);
    }

    #[test]
    fn null_is_a_value_and_keys_can_be_any_value() {
        let mut kv = Caller::of(LinKv::default());
        assert_eq!(kv.ask("n0", &write(Value::Nil, Value::Nil)), Reply::Write);
        assert_eq!(kv.ask("n0", &read(Value::Nil)), Reply::Read(Value::Nil));
        kv.ask("n0", &write(1, "integer"));
        assert_eq!(code(&kv.ask("n0", &read(1.0))), 20);
        assert_eq!(code(&kv.ask("n0", &read("1"))), 20);
        kv.ask("n0", &write(vec![1, 2], "list"));
        assert_eq!(
            kv.ask("n0", &read(vec![1, 2])),
            Reply::Read(Value::from("list"))
        );
    }

    #[test]
    fn the_error_of_a_failed_cas_contains_both_values_in_edn() {
        let mut kv = Caller::of(LinKv::default());
        kv.ask("n0", &write("x", vec![1, 2]));
        let Reply::Error(error) = kv.ask("n0", &cas("x", "a", 3)) else {
            panic!("the values differ");
        };
        assert_eq!(error.text, r#"expected the value "a", but it is [1 2]"#);
    }

    #[test]
    fn timestamp_requests_are_unknown() {
        let mut random = Rng::with_seed(0);
        let reply = LinKv::default().handle(&"n0".into(), &Request::Timestamp, &mut random);
        assert_eq!(reply, None);
    }
}
