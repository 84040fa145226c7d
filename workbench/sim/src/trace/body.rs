//! The bodies of messages in a trace.

use std::collections::BTreeMap;

use mael::kv::markers::{ABSENT, FRESH};
use mael::protocol::RawValue;
use mael_history::Value;

/// The fields that pair replies with requests, which are not shown.
const IDS: [&str; 2] = ["msg_id", "in_reply_to"];

/// Formats a body: its type and its fields, except for message ids. What the clients of this
/// project write to services is shown as what it means.
pub(crate) fn text(body: &RawValue) -> String {
    let Ok(Value::Map(fields)) = Value::from_json(body) else {
        return body.get().to_owned();
    };
    let field = |name: &str| fields.get(&Value::from(name));
    let kind = match field("type") {
        Some(Value::Str(name)) => name,
        _ => "",
    };
    if let Some(node) = field("key").and_then(Value::name)
        && let Some(node) = node.strip_prefix(FRESH)
    {
        return format!("{kind} (`fresh`: brings {node} up to date)");
    }
    let creates = field("from").and_then(Value::name) == Some(ABSENT);
    let mut shown = vec![kind.to_owned()];
    for (key, value) in &fields {
        match key.name().unwrap_or_default() {
            "type" => {}
            "from" if creates => {}
            "create_if_not_exists" if creates || *value == Value::Bool(false) => {}
            name if IDS.contains(&name) => {}
            name => shown.push(format!(
                "{name} {}",
                lock(value).unwrap_or(value.to_string())
            )),
        }
    }
    if creates {
        shown.push("if the key does not exist".to_owned());
    }
    shown.join(" ")
}

/// Formats the register of a lock.
fn lock(value: &Value) -> Option<String> {
    const FIELDS: [&str; 4] = ["commits", "epoch", "owner", "value"];
    let Value::Map(fields) = value else {
        return None;
    };
    let names: BTreeMap<&str, &Value> = fields
        .iter()
        .filter_map(|(key, value)| Some((key.name()?, value)))
        .collect();
    if !names.keys().eq(FIELDS.iter()) {
        return None;
    }
    let owner = names["owner"].get("node").and_then(Value::name);
    let state = match owner {
        Some(node) => format!("held by {node}"),
        None => "free".to_owned(),
    };
    let (epoch, value) = (names["epoch"], names["value"]);
    Some(format!("<lock: {state}, change {epoch}, value {value}>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(body: &str) -> String {
        text(&RawValue::from_string(body.to_owned()).unwrap())
    }

    #[test]
    fn a_body_is_its_type_and_its_fields_without_ids() {
        let body = r#"{"type":"gossip","msg_id":3,"in_reply_to":2,"seen":[1,2]}"#;
        assert_eq!(shown(body), "gossip seen [1 2]");
        assert_eq!(shown("[7]"), "[7]");
    }

    #[test]
    fn markers_of_clients_are_shown_as_what_they_mean() {
        let body = r#"{"type":"write","msg_id":1,"key":"mael/fresh/n1","value":"00f-1"}"#;
        assert_eq!(shown(body), "write (`fresh`: brings n1 up to date)");
        let body = format!(
            r#"{{"type":"cas","key":"x","from":"{ABSENT}","to":5,"create_if_not_exists":true}}"#
        );
        assert_eq!(
            shown(&body),
            r#"cas key "x" to 5 if the key does not exist"#
        );
    }

    #[test]
    fn the_register_of_a_lock_is_shown_with_its_owner() {
        let owner = r#"{"node":"n1","nonce":"ab"}"#;
        let register = |owner: &str| {
            let value = format!(r#"{{"owner":{owner},"epoch":4,"commits":[],"value":7}}"#);
            shown(&format!(r#"{{"type":"read_ok","value":{value}}}"#))
        };
        assert_eq!(
            register(owner),
            "read_ok value <lock: held by n1, change 4, value 7>"
        );
        assert_eq!(
            register("null"),
            "read_ok value <lock: free, change 4, value 7>"
        );
    }
}
