//! The services of this bench. Each is a map with a single state, which is linearizable and
//! therefore sequential.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// The states of `lin-kv` and `seq-kv`.
#[derive(Default)]
pub(crate) struct Stores(BTreeMap<String, BTreeMap<String, Value>>);

/// Returns true if this is the name of a service.
pub(crate) fn is_service(name: &str) -> bool {
    matches!(name, "lin-kv" | "seq-kv")
}

impl Stores {
    /// Handles a request to a service and returns the body of the reply without `in_reply_to`.
    pub(crate) fn handle(&mut self, service: &str, body: &Value) -> Value {
        let state = self.0.entry(service.to_owned()).or_default();
        // Keys may be any JSON. They are equal if their serialized forms are.
        let key = body["key"].to_string();
        match body["type"].as_str() {
            Some("read") => match state.get(&key) {
                Some(value) => json!({"type": "read_ok", "value": value}),
                None => error(20),
            },
            Some("write") => {
                state.insert(key, body["value"].clone());
                json!({"type": "write_ok"})
            }
            Some("cas") => match state.get(&key) {
                None if body["create_if_not_exists"] != true => error(20),
                Some(value) if *value != body["from"] => error(22),
                _ => {
                    state.insert(key, body["to"].clone());
                    json!({"type": "cas_ok"})
                }
            },
            other => panic!("{service} has no requests of type {other:?}"),
        }
    }
}

fn error(code: u64) -> Value {
    json!({"type": "error", "code": code, "text": "no"})
}
