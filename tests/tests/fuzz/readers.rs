//! Fuzzes the readers of histories and values in EDN and JSON, of messages, and of plans that
//! replay a run.

use fastrand::Rng;
use mael::protocol::Packet;
use mael_history::{History, Value};
use mael_sim::engine::Schedule;
use mael_sim::simulation::ReplayPlan;
use mael_sim::workloads;

use crate::histories;
use crate::mutations::mutated;
use crate::{assert_memory_was_bounded, setting};

/// Returns a random history of a random workload, in EDN.
fn edn(random: &mut Rng) -> String {
    let all = workloads::all();
    let workload = &all[random.usize(..all.len())];
    histories::random(workload.name(), random)
}

/// Returns a random history in JSON, as lines or as an array.
fn json(random: &mut Rng) -> String {
    let history = History::from_edn(&edn(random)).unwrap_or_default();
    if random.bool() {
        return serde_json::to_string(&history.0).unwrap();
    }
    let lines = history
        .0
        .iter()
        .map(|it| serde_json::to_string(it).unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

const MESSAGES: [&str; 5] = [
    r#"{"id": 3, "src": "c1", "dest": "n1", "body": {"type": "init", "msg_id": 1, "node_id": "n1", "node_ids": ["n1", "n2"]}}"#,
    r#"{"src": "n1", "dest": "c1", "body": {"type": "read_ok", "in_reply_to": 18446744073709551615, "messages": [1, 2.5, null]}}"#,
    r#"{"src": "n1", "dest": "lin-kv", "body": {"type": "cas", "msg_id": 7, "key": {"a": [0]}, "from": "\u00e9\n", "to": 340282366920938463463374607431768211456, "create_if_not_exists": true}}"#,
    r#"{"src":"n2","dest":"n1","body":{"type":"error","in_reply_to":2,"code":22,"text":"no"}}"#,
    r#"{"dest":"n1","body":{"txn":[["r",9,null],["append",3,[4]]],"type":"txn","msg_id":2},"src":"c2"}"#,
];

/// A plan that a run saved, with a schedule.
const PLAN: &str = include_str!("plan.json");

/// Calls `read` with random texts and prints the number of texts it accepts.
fn fuzz(name: &str, cases: u64, text: impl Fn(&mut Rng) -> String, read: impl Fn(&str) -> bool) {
    let mut random = Rng::with_seed(setting("MAEL_FUZZ_SEED", 0));
    let mut accepted = 0;
    for _ in 0..cases {
        let text = text(&mut random);
        let text = match random.u8(..8) {
            0 => text,
            _ => mutated(&mut random, &text),
        };
        accepted += u64::from(read(&text));
    }
    println!("{name}: {accepted} of {cases} cases accepted");
    // The cases are only useful if some are accepted and some are not.
    assert!(
        accepted > cases / 20 && accepted < cases,
        "{accepted} of {cases}"
    );
    assert_memory_was_bounded();
}

/// Asserts that a history does not change when it is written and read again.
fn history_is_read(history: Result<History, impl Sized>) -> bool {
    let Ok(history) = history else {
        return false;
    };
    let lines: String = history.0.iter().map(|it| format!("{it}\n")).collect();
    let again = History::from_edn(&lines);
    assert_eq!(again.as_ref(), Ok(&history), "{lines}");
    true
}

fn fuzz_edn(cases: u64) {
    fuzz("EDN", cases, edn, |text| {
        history_is_read(History::from_edn(text))
    });
    fuzz("EDN values", cases, edn, |text| {
        let first = text.lines().next().unwrap_or_default();
        Value::from_edn(first).is_ok_and(|value| Value::from_edn(&value.to_string()) == Ok(value))
    });
}

fn fuzz_json(cases: u64) {
    fuzz("JSON", cases, json, |text| {
        history_is_read(History::from_json(text))
    });
}

fn fuzz_messages(cases: u64) {
    let message = |random: &mut Rng| MESSAGES[random.usize(..MESSAGES.len())].to_owned();
    fuzz("messages", cases, message, |text| {
        Packet::parse(text.as_bytes()).is_ok()
    });
}

fn fuzz_plans(cases: u64) {
    fuzz(
        "plans",
        cases,
        |_| PLAN.to_owned(),
        |text| {
            let plan = ReplayPlan::from_json(text);
            let schedule = Schedule::from_json(text);
            plan.is_ok() || schedule.is_ok()
        },
    );
}

#[test]
fn readers_do_not_panic_on_random_texts() {
    fuzz_edn(300);
    fuzz_json(300);
    fuzz_messages(1000);
    fuzz_plans(300);
}

#[test]
#[ignore = "takes minutes"]
fn readers_do_not_panic_on_many_random_texts_in_edn() {
    fuzz_edn(setting("MAEL_FUZZ_CASES", 1_000_000));
}

#[test]
#[ignore = "takes minutes"]
fn readers_do_not_panic_on_many_random_texts_in_json() {
    fuzz_json(setting("MAEL_FUZZ_CASES", 1_000_000));
}

#[test]
#[ignore = "takes minutes"]
fn readers_do_not_panic_on_many_random_messages() {
    fuzz_messages(setting("MAEL_FUZZ_CASES", 1_000_000));
}

#[test]
#[ignore = "takes minutes"]
fn readers_do_not_panic_on_many_random_plans() {
    fuzz_plans(setting("MAEL_FUZZ_CASES", 1_000_000));
}
