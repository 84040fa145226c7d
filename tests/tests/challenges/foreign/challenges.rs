//! The requests to each binary, and the expected replies.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::foreign::bench::Bench;

/// Node names that are not sorted, and that differ from the usual form.
const NAMES: [&str; 3] = ["node-7", "cache", "0"];

/// Asserts that the type of a reply ends with `_ok`.
fn assert_ok(reply: &Value) {
    let kind = reply["type"].as_str();
    assert!(kind.is_some_and(|kind| kind.ends_with("_ok")), "{reply}");
}

/// Returns the set of numbers in a list.
fn numbers(list: &Value) -> BTreeSet<i64> {
    let list = list.as_array().into_iter().flatten();
    list.filter_map(Value::as_i64).collect()
}

#[test]
fn echo() {
    let mut bench = Bench::new("echo", &["node-7"], &[]);
    let reply = bench.ask("node-7", json!({"type": "echo", "echo": "Grüße \"\u{0}\""}));
    assert_eq!(reply["type"], "echo_ok");
    assert_eq!(reply["echo"], "Grüße \"\u{0}\"");
    bench.end();
}

#[test]
fn unique_ids() {
    let mut bench = Bench::new("unique-ids", &NAMES, &[]);
    let requests: Vec<u64> = (0..100)
        .flat_map(|_| NAMES)
        .map(|node| bench.send(node, json!({"type": "generate"})))
        .collect();
    let ids = requests.iter().map(|id| bench.reply(*id)["id"].to_string());
    assert_eq!(ids.collect::<BTreeSet<_>>().len(), 300);
    bench.end();
}

/// Broadcasts messages on each node and waits until all nodes have all messages.
fn check_broadcast(bin: &str, args: &[&str], topology: Option<Value>) {
    let mut bench = Bench::new(bin, &NAMES, args);
    if let Some(topology) = topology {
        for node in NAMES {
            let body = json!({"type": "topology", "topology": topology});
            assert_ok(&bench.ask(node, body));
        }
    }
    for message in 0..9 {
        let node = NAMES[message % 3];
        assert_ok(&bench.ask(node, json!({"type": "broadcast", "message": message})));
    }
    for node in NAMES {
        bench.ask_until(node, &json!({"type": "read"}), |reply| {
            numbers(&reply["messages"]) == (0..9).collect()
        });
    }
    bench.end();
}

#[test]
fn broadcast() {
    check_broadcast("broadcast", &[], None);
}

#[test]
fn broadcast_works_along_a_topology() {
    let line = json!({"node-7": ["cache"], "cache": ["node-7", "0"], "0": ["cache"]});
    check_broadcast("broadcast", &["--overlay", "topology"], Some(line));
}

#[test]
fn broadcast_works_if_the_topology_never_arrives() {
    check_broadcast("broadcast", &["--overlay", "topology"], None);
}

#[test]
fn broadcast_in_batches() {
    check_broadcast("broadcast-batch", &["--interval-ms", "50"], None);
}

#[test]
fn g_set() {
    let mut bench = Bench::new("g-set", &NAMES, &[]);
    for element in 0..9 {
        let node = NAMES[element % 3];
        assert_ok(&bench.ask(node, json!({"type": "add", "element": element})));
    }
    for node in NAMES {
        bench.ask_until(node, &json!({"type": "read"}), |reply| {
            numbers(&reply["value"]) == (0..9).collect()
        });
    }
    bench.end();
}

/// Adds these numbers on the nodes in turn and waits until all nodes read their sum.
fn check_counter(bin: &str, deltas: &[i64]) {
    let mut bench = Bench::new(bin, &NAMES, &[]);
    for (delta, node) in deltas.iter().zip(NAMES.iter().cycle()) {
        assert_ok(&bench.ask(node, json!({"type": "add", "delta": delta})));
    }
    let sum: i64 = deltas.iter().sum();
    for node in NAMES {
        bench.ask_until(node, &json!({"type": "read"}), |reply| {
            reply["value"] == sum
        });
    }
    bench.end();
}

#[test]
fn g_counter() {
    check_counter("g-counter", &[3, 0, 4, 1, 2, 2, 1]);
}

#[test]
fn g_counter_on_a_store() {
    check_counter("g-counter-kv", &[3, 0, 4, 1, 2, 2, 1]);
}

#[test]
fn pn_counter() {
    check_counter("pn-counter", &[3, -5, 4, 0, -1, 2, -4]);
}

#[test]
fn kafka() {
    let mut bench = Bench::new("kafka", &NAMES, &[]);
    let empty = bench.ask("cache", json!({"type": "poll", "offsets": {}}));
    assert_eq!(empty["msgs"], json!({}));
    let mut expected = Vec::new();
    for msg in 1..=150 {
        let node = NAMES[msg % 3];
        let sent = bench.ask(node, json!({"type": "send", "key": "9", "msg": msg}));
        assert_ok(&sent);
        expected.push(json!([sent["offset"], msg]));
    }
    // Polls until all messages have been read from the first offset.
    for node in NAMES {
        let (mut from, mut polled) = (0, Vec::new());
        while polled.len() < expected.len() {
            let poll = json!({"type": "poll", "offsets": {"9": from, "unused": 0}});
            let messages = bench.ask(node, poll)["msgs"]["9"].take();
            let messages = messages.as_array().into_iter().flatten();
            polled.extend(messages.cloned());
            let last = polled.last().and_then(|last: &Value| last[0].as_u64());
            from = last.map_or(0, |last| last + 1);
        }
        assert_eq!(polled, expected);
    }
    let commit = json!({"type": "commit_offsets", "offsets": {"9": 17}});
    assert_ok(&bench.ask("0", commit));
    let list = json!({"type": "list_committed_offsets", "keys": ["9", "unused"]});
    assert_eq!(bench.ask("cache", list)["offsets"], json!({"9": 17}));
    bench.end();
}

#[test]
fn transactions_over_registers() {
    let mut bench = Bench::new("txn", &NAMES, &[]);
    let write = json!([["r", 1, null], ["w", 1, 5], ["r", 1, null], ["w", 2, 6]]);
    let done = bench.ask("node-7", json!({"type": "txn", "txn": write}));
    assert_eq!(
        done["txn"],
        json!([["r", 1, null], ["w", 1, 5], ["r", 1, 5], ["w", 2, 6]])
    );
    let read = json!([["r", 2, null], ["r", 1, null], ["r", 3, null]]);
    let done = bench.ask("0", json!({"type": "txn", "txn": read}));
    assert_eq!(
        done["txn"],
        json!([["r", 2, 6], ["r", 1, 5], ["r", 3, null]])
    );
    bench.end();
}

#[test]
fn transactions_over_lists() {
    let mut bench = Bench::new("txn-list-append", &NAMES, &[]);
    for (element, node) in (1..=6).zip(NAMES.iter().cycle()) {
        let append = json!([["append", 4, element], ["r", 4, null]]);
        let done = bench.ask(node, json!({"type": "txn", "txn": append}));
        let list: Vec<i64> = (1..=element).collect();
        assert_eq!(done["txn"], json!([["append", 4, element], ["r", 4, list]]));
    }
    bench.end();
}

#[test]
fn lin_kv() {
    let mut bench = Bench::new("lin-kv", &NAMES, &[]);
    // Requests fail until a leader is elected.
    let write = json!({"type": "write", "key": 0, "value": 3});
    bench.ask_until("node-7", &write, |reply| reply["type"] == "write_ok");
    let cas = |from, to| json!({"type": "cas", "key": 0, "from": from, "to": to});
    assert_ok(&bench.ask("cache", cas(3, 4)));
    assert_eq!(bench.ask("0", cas(3, 5))["code"], 22);
    for node in NAMES {
        assert_eq!(
            bench.ask(node, json!({"type": "read", "key": 0}))["value"],
            4
        );
        let missing = bench.ask(node, json!({"type": "read", "key": 1}));
        assert_eq!(missing["code"], 20);
    }
    bench.end();
}
