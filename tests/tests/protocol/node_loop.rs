//! Tests the node loop message by message with a manual clock: deadlines, panics, errors, order,
//! and the end of the input.

use std::time::Duration;

use mael::Panic;
use mael::prelude::*;
use mael::time::sleep;
use mael_tests::Lab;
use serde_json::{Value, json};

thread_local! {
    /// Events that the node's tasks record. Each test runs on its own thread.
    static EVENTS: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

fn record(event: &'static str) {
    EVENTS.with_borrow_mut(|events| events.push(event));
}

fn take_events() -> Vec<&'static str> {
    EVENTS.take()
}

/// Records an event when it is dropped.
struct RecordsDrop(&'static str);

impl Drop for RecordsDrop {
    fn drop(&mut self) {
        record(self.0);
    }
}

/// A node with a handler for each way in which a handler ends.
#[node]
struct Various {
    calls: Cell<u64>,
}

#[handlers]
impl Various {
    #[handler(type = "now", reply = "calls")]
    fn now(&self) -> u64 {
        self.calls.set(self.calls.get() + 1);
        self.calls.get()
    }

    #[handler(type = "async", reply = "calls")]
    async fn without_waiting(&self) -> u64 {
        self.calls.set(self.calls.get() + 1);
        self.calls.get()
    }

    #[handler(type = "sleep")]
    async fn sleep(&self, ms: u64) {
        let _dropped = RecordsDrop("handler dropped");
        sleep(Duration::from_millis(ms)).await;
        record("handler woke");
    }

    #[handler(type = "panic")]
    fn panic(&self) {
        panic!("on purpose");
    }

    #[handler(type = "panic_async")]
    async fn panic_async(&self, ms: Option<u64>) {
        if let Some(ms) = ms {
            sleep(Duration::from_millis(ms)).await;
        }
        panic!("on {}", "purpose");
    }

    #[handler(type = "fail")]
    fn fail(&self, code: i64) -> mael::Result<()> {
        Err(Error::new(ErrorCode::from_number(code), "as requested"))
    }

    #[handler(type = "fail_async")]
    async fn fail_async(&self, code: i64) -> mael::Result<()> {
        sleep(Duration::from_millis(10)).await;
        Err(Error::new(ErrorCode::from_number(code), "as requested"))
    }

    #[handler(type = "spawn")]
    fn spawn(&self) {
        mael::spawn(async {
            let _dropped = RecordsDrop("task dropped");
            sleep(Duration::from_secs(1)).await;
            record("task woke");
            std::future::pending::<()>().await;
        });
    }

    #[handler(type = "spawn_panic")]
    fn spawn_panic(&self) {
        mael::spawn(async { panic!("on purpose") });
    }

    #[handler(type = "no_json", reply = "map")]
    fn no_json(&self) -> BTreeMap<Vec<u8>, u8> {
        BTreeMap::from([(vec![1], 2)])
    }
}

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

fn codes(replies: &[Value]) -> Vec<Option<i64>> {
    replies.iter().map(|reply| reply["code"].as_i64()).collect()
}

#[test]
fn a_handler_that_exceeds_its_deadline_replies_with_error_0_exactly_once() {
    let mut lab = Lab::initialized::<Various>();
    lab.deliver(r#"{"type":"sleep","msg_id":5,"ms":10000}"#);
    lab.advance(mael::node::HANDLER_DEADLINE - Duration::from_millis(1));
    assert_eq!(lab.replies(), [] as [Value; 0]);
    lab.advance(Duration::from_millis(1));
    let replies = lab.replies();
    assert_eq!(codes(&replies), [Some(0)]);
    assert_eq!(replies[0]["in_reply_to"], 5);
    assert!(replies[0]["text"].as_str().unwrap().contains("`sleep`"));
    lab.advance(seconds(100.0));
    assert_eq!(lab.replies(), [] as [Value; 0]);
    assert_eq!(
        take_events(),
        ["handler dropped"],
        "the handler is cancelled at its await"
    );
}

#[test]
fn a_handler_within_its_deadline_replies_exactly_once() {
    let mut lab = Lab::initialized::<Various>();
    lab.deliver(r#"{"type":"sleep","msg_id":5,"ms":4499}"#);
    lab.advance(seconds(60.0));
    assert_eq!(
        lab.replies(),
        [json!({"type": "sleep_ok", "in_reply_to": 5})]
    );
}

#[test]
fn the_deadline_of_each_request_counts_from_its_own_start() {
    let mut lab = Lab::initialized::<Various>();
    lab.deliver(r#"{"type":"sleep","msg_id":1,"ms":9000}"#);
    lab.advance(seconds(4.0));
    lab.deliver(r#"{"type":"sleep","msg_id":2,"ms":4000}"#);
    lab.advance(seconds(5.0));
    let replies = lab.replies();
    assert_eq!(replies[0]["code"], 0);
    assert_eq!(replies[1], json!({"type": "sleep_ok", "in_reply_to": 2}));
    assert_eq!(replies.len(), 2);
}

#[test]
fn a_panic_in_a_handler_is_error_13_and_the_node_keeps_running() {
    let mut lab = Lab::initialized::<Various>();
    for body in [
        r#"{"type":"panic","msg_id":1}"#,
        r#"{"type":"panic_async","msg_id":2}"#,
        r#"{"type":"panic_async","msg_id":3,"ms":20}"#,
    ] {
        lab.deliver(body);
        lab.advance(seconds(1.0));
        let replies = lab.replies();
        assert_eq!(codes(&replies), [Some(13)], "{body}");
        assert!(replies[0]["text"].as_str().unwrap().contains("on purpose"));
    }
    lab.deliver(r#"{"type":"now","msg_id":4}"#);
    assert_eq!(lab.replies()[0]["calls"], 1);
    assert_eq!(lab.log().len(), 3, "each panic is logged: {:?}", lab.log());
}

#[test]
fn a_panic_in_a_spawned_task_ends_only_that_task() {
    let mut lab = Lab::initialized::<Various>();
    lab.deliver(r#"{"type":"spawn_panic","msg_id":1}"#);
    lab.deliver(r#"{"type":"now","msg_id":2}"#);
    let replies = lab.replies();
    assert_eq!(replies[0]["type"], "spawn_panic_ok");
    assert_eq!(replies[1]["type"], "now_ok");
    let log = lab.log();
    assert_eq!(log.len(), 1, "{log:?}");
    assert!(
        log[0].starts_with("the task spawned at tests/tests/protocol/node_loop.rs:"),
        "{log:?}"
    );
    assert!(
        log[0].contains(" panicked at tests/tests/protocol/node_loop.rs:"),
        "{log:?}"
    );
    assert!(!lab.has_ended());
}

/// A node whose periodic methods fail each time.
#[node]
struct FailingTimers {
    calls: Cell<u64>,
}

#[handlers]
impl FailingTimers {
    #[every(ms = 100)]
    fn panic(&self) {
        self.calls.set(self.calls.get() + 1);
        panic!("call {}", self.calls.get());
    }

    #[every(ms = 150)]
    async fn fail(&self) -> mael::Result<()> {
        Err(Error::crash("as always"))
    }

    #[handler(reply = "calls")]
    fn calls(&self) -> u64 {
        self.calls.get()
    }
}

#[test]
fn a_periodic_method_that_panics_or_fails_is_logged_and_called_again() {
    let mut lab = Lab::initialized::<FailingTimers>();
    lab.advance(seconds(0.32));
    let expected = [
        "the timer `panic`: call 1",
        "`fail` failed: crash (13): as always",
        "the timer `panic`: call 2",
        "`fail` failed: crash (13): as always",
        "the timer `panic`: call 3",
    ];
    let without_place = |line: String| match Panic::parse(&line) {
        Some(panic) => {
            assert!(
                panic
                    .place
                    .starts_with("tests/tests/protocol/node_loop.rs:"),
                "{line}"
            );
            format!("{}: {}", panic.activity, panic.text)
        }
        None => line,
    };
    let mut log: Vec<String> = lab.log().into_iter().map(without_place).collect();
    log.sort();
    let mut expected = expected.map(str::to_owned);
    expected.sort();
    assert_eq!(log, expected);
    lab.deliver(r#"{"type":"calls","msg_id":1}"#);
    assert_eq!(lab.replies()[0]["calls"], 3);
}

#[test]
fn errors_become_error_bodies_with_their_code() {
    let mut lab = Lab::initialized::<Various>();
    for kind in ["fail", "fail_async"] {
        for code in [0, 1, 11, 14, 20, 22, 30, 77, 1001] {
            lab.deliver(&format!(r#"{{"type":"{kind}","msg_id":9,"code":{code}}}"#));
            lab.advance(seconds(1.0));
            let error =
                json!({"type": "error", "in_reply_to": 9, "code": code, "text": "as requested"});
            assert_eq!(lab.replies(), [error]);
        }
    }
}

#[test]
fn a_reply_that_cannot_be_serialized_becomes_error_13() {
    let mut lab = Lab::initialized::<Various>();
    lab.deliver(r#"{"type":"no_json","msg_id":1}"#);
    let replies = lab.replies();
    assert_eq!(codes(&replies), [Some(13)]);
    assert!(replies[0]["text"].as_str().unwrap().contains("`map`"));
}

#[test]
fn requests_without_an_id_are_handled_without_a_reply() {
    let mut lab = Lab::initialized::<Various>();
    for body in [
        r#"{"type":"now"}"#,
        r#"{"type":"async","msg_id":null}"#,
        r#"{"type":"sleep","ms":100}"#,
        r#"{"type":"sleep","ms":10000}"#,
        r#"{"type":"panic"}"#,
        r#"{"type":"panic_async"}"#,
        r#"{"type":"fail","code":11}"#,
        r#"{"type":"no_json"}"#,
        r#"{"type":"bogus"}"#,
        r#"{"type":"fail","code":"x"}"#,
    ] {
        lab.deliver(body);
    }
    lab.advance(seconds(20.0));
    assert_eq!(lab.replies(), [] as [Value; 0]);
    lab.deliver(r#"{"type":"now","msg_id":1}"#);
    assert_eq!(
        lab.replies()[0]["calls"],
        3,
        "two requests were counted before"
    );
}

#[test]
fn the_failure_of_a_request_without_an_id_is_logged() {
    let mut lab = Lab::initialized::<Various>();
    lab.deliver(r#"{"type":"fail","code":11}"#);
    lab.replies();
    let log = lab.log();
    assert_eq!(log.len(), 1);
    assert!(
        log[0].contains("`fail` from c1") && log[0].contains("as requested"),
        "{log:?}"
    );
}

#[test]
fn async_handlers_that_do_not_wait_run_in_order_of_arrival() {
    let mut lab = Lab::initialized::<Various>();
    for id in 1..=100 {
        let kind = if id % 3 == 0 { "now" } else { "async" };
        lab.deliver(&format!(r#"{{"type":"{kind}","msg_id":{id}}}"#));
    }
    let replies = lab.replies();
    assert_eq!(replies.len(), 100);
    for (reply, expected) in replies.iter().zip(1..) {
        assert_eq!(
            (&reply["in_reply_to"], &reply["calls"]),
            (&json!(expected), &json!(expected))
        );
    }
}

#[test]
fn a_handler_that_waits_does_not_block_the_next() {
    let mut lab = Lab::initialized::<Various>();
    lab.deliver(r#"{"type":"sleep","msg_id":1,"ms":100}"#);
    lab.deliver(r#"{"type":"now","msg_id":2}"#);
    assert_eq!(lab.replies()[0]["in_reply_to"], 2);
    lab.advance(seconds(0.1));
    assert_eq!(lab.replies()[0]["in_reply_to"], 1);
}

#[test]
fn ten_thousand_handlers_can_wait_concurrently() {
    let mut lab = Lab::initialized::<Various>();
    for id in 0..10_000 {
        lab.deliver(&format!(
            r#"{{"type":"sleep","msg_id":{id},"ms":{}}}"#,
            id % 1000
        ));
    }
    lab.advance(seconds(1.0));
    let mut ids: Vec<u64> = lab
        .replies()
        .iter()
        .map(|reply| reply["in_reply_to"].as_u64().unwrap())
        .collect();
    ids.sort_unstable();
    assert_eq!(ids, (0..10_000).collect::<Vec<_>>());
}

#[test]
fn a_waiting_handler_finishes_and_replies_after_the_input_ends() {
    let mut lab = Lab::initialized::<Various>();
    lab.deliver(r#"{"type":"sleep","msg_id":1,"ms":3000}"#);
    lab.close();
    assert!(!lab.has_ended());
    lab.advance(seconds(2.9));
    assert!(!lab.has_ended());
    lab.advance(seconds(0.1));
    assert_eq!(
        lab.replies(),
        [json!({"type": "sleep_ok", "in_reply_to": 1})]
    );
    assert!(lab.has_ended());
}

#[test]
fn spawned_tasks_are_dropped_when_the_input_ends() {
    let mut lab = Lab::initialized::<Various>();
    lab.deliver(r#"{"type":"spawn","msg_id":1}"#);
    lab.replies();
    lab.close();
    assert!(lab.has_ended());
    lab.advance(seconds(10.0));
    assert_eq!(take_events(), ["task dropped"]);
}

#[test]
fn spawned_tasks_keep_running_until_the_last_handler_has_finished() {
    let mut lab = Lab::initialized::<Various>();
    lab.deliver(r#"{"type":"spawn","msg_id":1}"#);
    lab.deliver(r#"{"type":"sleep","msg_id":2,"ms":2000}"#);
    lab.close();
    lab.advance(seconds(2.0));
    assert!(lab.has_ended());
    assert_eq!(
        take_events(),
        [
            "task woke",
            "handler woke",
            "handler dropped",
            "task dropped"
        ]
    );
}

#[test]
fn messages_delivered_before_the_input_ends_are_handled() {
    let mut lab = Lab::initialized::<Various>();
    lab.deliver(r#"{"type":"now","msg_id":1}"#);
    lab.close();
    assert!(lab.has_ended());
    assert_eq!(lab.replies().len(), 1);
}

#[test]
fn a_dropped_node_drops_its_handlers_and_tasks() {
    let mut lab = Lab::initialized::<Various>();
    lab.deliver(r#"{"type":"spawn","msg_id":1}"#);
    lab.deliver(r#"{"type":"sleep","msg_id":2,"ms":2000}"#);
    lab.replies();
    assert_eq!(take_events(), [] as [&str; 0]);
    drop(lab);
    let mut dropped = take_events();
    dropped.sort_unstable();
    assert_eq!(dropped, ["handler dropped", "task dropped"]);
}

/// A node that starts only with some ids.
#[node]
struct PickyNode {
    name: ShortName,
}

#[derive(Debug)]
struct ShortName(String);

impl mael::FromInit for ShortName {
    fn from_init(init: &mael::Init, field: &mael::Field) -> mael::Result<Self> {
        match init.node_id.len() {
            2 => Ok(Self(init.node_id.to_string())),
            3 => panic!("three letters"),
            _ => Err(Error::new(
                ErrorCode::Abort,
                format!("`{}` is too long", field.key()),
            )),
        }
    }
}

#[handlers]
impl PickyNode {
    #[handler(type = "name", reply = "name")]
    fn name(&self) -> String {
        self.name.0.clone()
    }
}

#[test]
fn a_field_that_cannot_be_built_fails_init_and_init_can_be_retried() {
    let mut lab = Lab::new::<PickyNode>();
    let init = |name: &str, id: u64| {
        format!(r#"{{"type":"init","msg_id":{id},"node_id":"{name}","node_ids":["{name}"]}}"#)
    };
    lab.deliver(r#"{"type":"name","msg_id":1}"#);
    lab.deliver(&init("long", 2));
    let error =
        json!({"type": "error", "in_reply_to": 2, "code": 14, "text": "`name` is too long"});
    assert_eq!(lab.replies(), [error]);
    lab.deliver(&init("abc", 3));
    assert_eq!(codes(&lab.replies()), [Some(13)], "a panic is an error too");
    lab.deliver(&init("n1", 4));
    let replies = lab.replies();
    assert_eq!(replies[0], json!({"type": "init_ok", "in_reply_to": 4}));
    assert_eq!(
        replies[1..],
        [json!({"type": "name_ok", "in_reply_to": 1, "name": "n1"})]
    );
}

/// A node's own error type, used as a handler's result and with `?`.
#[derive(Clone, Copy)]
enum OwnError {
    Definite,
    Own,
}

impl From<OwnError> for Error {
    fn from(error: OwnError) -> Self {
        match error {
            OwnError::Definite => Self::new(ErrorCode::Abort, "not done"),
            OwnError::Own => Self::new(ErrorCode::Other(1001), "of its own"),
        }
    }
}

#[node]
struct Failing;

#[handlers]
impl Failing {
    #[handler(type = "result")]
    fn result(&self) -> Result<(), OwnError> {
        Err(OwnError::Own)
    }

    #[handler(type = "question_mark")]
    async fn question_mark(&self) -> mael::Result<()> {
        Err(OwnError::Definite)?
    }
}

#[test]
fn errors_of_a_nodes_own_type_keep_their_codes() {
    let mut lab = Lab::initialized::<Failing>();
    lab.deliver(r#"{"type":"result","msg_id":1}"#);
    lab.deliver(r#"{"type":"question_mark","msg_id":2}"#);
    let expected = [
        json!({"type": "error", "in_reply_to": 1, "code": 1001, "text": "of its own"}),
        json!({"type": "error", "in_reply_to": 2, "code": 14, "text": "not done"}),
    ];
    assert_eq!(lab.replies(), expected);
}
