//! Tests the macros' language: whole bodies, numbers, result aliases, tasks, and the panics of
//! tokio functions that need tokio's runtime.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mael::prelude::*;
use mael::protocol::RawValue;
use mael::time::sleep;
use mael_sim::simulation::secs;
use mael_sim::{simulate, workloads};
use mael_tests::Lab;
use serde_json::{Value, json};

type Fields = BTreeMap<String, Value>;
type Fallible<T> = mael::Result<T>;
type Done = Result<(), Refused>;

struct Refused;

impl From<Refused> for Error {
    fn from(_: Refused) -> Self {
        Error::new(ErrorCode::Abort, "refused")
    }
}

/// A body with one known field and any other fields.
#[mael::message]
#[derive(Clone, Debug, PartialEq)]
struct Open {
    x: u8,
    #[serde(flatten)]
    rest: Fields,
}

/// The same, flattened twice.
#[mael::message]
struct Nested {
    #[serde(flatten)]
    open: Open,
    raw: Option<Box<RawValue>>,
}

#[mael::message]
struct AnyJson {
    #[serde(flatten)]
    json: Value,
}

#[mael::message]
#[serde(deny_unknown_fields)]
struct Closed {
    x: u8,
}

#[mael::message]
struct Nothing;

/// A node with a handler for each feature.
#[node]
struct Subject {
    id: NodeId,
    peers: Peers<Subject>,
    kv: LinKv,
    net: mael::Net,
    worked: Cell<u64>,
    looped: Cell<u64>,
}

#[handlers]
impl Subject {
    #[handler(reply = "keys")]
    fn keys(&self, #[body] open: Open) -> Vec<String> {
        open.rest.into_keys().collect()
    }

    #[handler]
    fn mirror(&self, #[body] open: Open) -> Open {
        open
    }

    #[handler]
    fn mirror_nested(&self, #[body] nested: Nested) -> Nested {
        nested
    }

    #[handler]
    fn mirror_json(&self, #[body] json: AnyJson) -> AnyJson {
        json
    }

    #[handler]
    fn mirror_closed(&self, #[body] closed: Closed) -> Closed {
        closed
    }

    #[handler]
    fn mirror_nothing(&self, #[body] nothing: Nothing) -> Nothing {
        nothing
    }

    #[handler(reply = "value")]
    fn wide(&self, value: u128, list: Option<Vec<i128>>) -> u128 {
        drop(list);
        value
    }

    #[handler(reply = "value")]
    fn narrow(&self, value: i8) -> i8 {
        value
    }

    /// Reads a number from a peer's reply.
    #[handler(reply = "value")]
    async fn ask(&self) -> mael::Result<u128> {
        self.peers.client("n2").wide(7, None).await
    }

    /// Reads a number from a service's reply.
    #[handler(reply = "value")]
    async fn look_up(&self) -> mael::Result<Option<i128>> {
        self.kv.read("x").await
    }

    /// Returns the whole body of a reply.
    #[handler(reply = "value")]
    async fn ask_anyone(&self) -> mael::Result<Value> {
        self.net.rpc("n2", "question", ()).await
    }

    #[handler(reply = "value", fallible)]
    fn alias(&self, value: u64) -> Fallible<u64> {
        match value {
            0 => Err(Error::key_does_not_exist("none")),
            value => Ok(value),
        }
    }

    #[handler(fallible)]
    async fn alias_without_a_value(&self, value: u64) -> Done {
        match value {
            0 => Err(Refused),
            _ => Ok(()),
        }
    }

    #[handler]
    fn start_task(self: &Rc<Self>, ms: u64) {
        let node = Rc::clone(self);
        mael::spawn(async move {
            sleep(Duration::from_millis(ms)).await;
            node.worked.set(node.worked.get() + 1);
        });
    }

    #[handler(reply("worked", "looped"))]
    fn counts(&self) -> (u64, u64) {
        (self.worked.get(), self.looped.get())
    }

    #[task]
    async fn run(&self) {
        loop {
            sleep(Duration::from_secs(10)).await;
            self.looped.set(self.looped.get() + 1);
        }
    }

    #[task]
    async fn run_once(&self) -> Done {
        Err(Refused)
    }

    #[task]
    async fn run_and_panic(&self) {
        let _ = &self.id;
        panic!("on purpose");
    }

    #[handler]
    async fn tokio_sleep(&self) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }

    #[handler]
    async fn tokio_timeout(&self) {
        let _ = tokio::time::timeout(Duration::from_millis(1), std::future::pending::<()>()).await;
    }

    #[handler]
    fn tokio_interval(&self) {
        drop(tokio::time::interval(Duration::from_millis(1)));
    }

    #[handler]
    fn tokio_spawn(&self) {
        drop(tokio::spawn(async {}));
    }

    #[handler]
    fn tokio_spawn_local(&self) {
        drop(tokio::task::spawn_local(async {}));
    }

    #[handler]
    fn tokio_spawn_blocking(&self) {
        drop(tokio::task::spawn_blocking(|| {}));
    }
}

/// Delivers a request and returns its only reply.
fn reply(lab: &mut Lab, request: &str) -> Value {
    lab.deliver(request);
    let mut replies = lab.replies();
    assert_eq!(replies.len(), 1, "{request}: {replies:?}");
    replies.remove(0)
}

#[test]
fn protocol_fields_are_not_part_of_a_body() {
    let mut lab = Lab::initialized::<Subject>();
    for (request, expected) in [
        (
            r#"{"type":"keys","msg_id":1,"x":1,"b":2,"a":{"type":"c"}}"#,
            json!({"type": "keys_ok", "in_reply_to": 1, "keys": ["a", "b"]}),
        ),
        (
            r#"{"msg_id":2,"x":1,"b":[2],"type":"mirror","a":{"msg_id":3}}"#,
            json!({"type": "mirror_ok", "in_reply_to": 2, "x": 1, "b": [2], "a": {"msg_id": 3}}),
        ),
        (
            r#"{"type":"mirror_nested","msg_id":3,"raw":{"type":1},"x":1,"in_reply_to":null}"#,
            json!({"type": "mirror_nested_ok", "in_reply_to": 3, "x": 1, "raw": {"type": 1}}),
        ),
        (
            r#"{"type":"mirror_json","msg_id":4,"any":true}"#,
            json!({"type": "mirror_json_ok", "in_reply_to": 4, "any": true}),
        ),
        (
            r#"{"type":"mirror_closed","msg_id":5,"x":9}"#,
            json!({"type": "mirror_closed_ok", "in_reply_to": 5, "x": 9}),
        ),
        (
            r#"{"type":"mirror_nothing","msg_id":6,"x":9}"#,
            json!({"type": "mirror_nothing_ok", "in_reply_to": 6}),
        ),
    ] {
        assert_eq!(reply(&mut lab, request), expected);
    }
    let refused = reply(
        &mut lab,
        r#"{"type":"mirror_closed","msg_id":7,"x":9,"y":1}"#,
    );
    assert_eq!(refused["code"], 12);
}

#[test]
fn a_reply_body_does_not_contain_protocol_fields() {
    let mut lab = Lab::initialized::<Subject>();
    lab.deliver(r#"{"type":"ask_anyone","msg_id":1}"#);
    let (dest, question) = lab.sent().remove(0);
    assert_eq!(&*dest, "n2");
    let reply_body = json!({"type": "a", "msg_id": 3, "in_reply_to": question["msg_id"], "x": [1]});
    lab.deliver_from("n2", &reply_body.to_string());
    let expected = json!({"type": "ask_anyone_ok", "in_reply_to": 1, "value": {"x": [1]}});
    assert_eq!(lab.replies(), [expected]);
}

/// Counts of bodies that a peer returned unchanged, and of those that differ.
static EQUAL: AtomicUsize = AtomicUsize::new(0);
static DIFFERENT: AtomicUsize = AtomicUsize::new(0);

/// Sends bodies with arbitrary fields to its peers, which return them.
#[node]
struct Mirror {
    peers: Peers<Mirror>,
}

#[handlers]
impl Mirror {
    #[handler]
    fn back(&self, #[body] open: Open) -> Open {
        open
    }

    #[handler(reply = "open")]
    fn within(&self, #[body] open: Open) -> Open {
        open
    }

    #[handler(reply = "echo")]
    async fn echo(&self, echo: String) -> mael::Result<String> {
        let rest = BTreeMap::from([("echo".to_owned(), json!([echo, {"type": "t"}]))]);
        let open = Open { x: 1, rest };
        for peer in &self.peers {
            for back in [
                peer.back(open.clone()).await?,
                peer.within(open.clone()).await?,
            ] {
                let count = if back == open { &EQUAL } else { &DIFFERENT };
                count.fetch_add(1, Ordering::Relaxed);
            }
        }
        Ok(echo)
    }
}

#[test]
fn a_body_is_unchanged_after_a_round_trip_to_a_peer() {
    let simulation = simulate::<Mirror>(workloads::Echo)
        .nodes(2)
        .time_limit(secs(2));
    simulation.seeds(0..2).encoded().check();
    assert!(EQUAL.load(Ordering::Relaxed) > 0);
    assert_eq!(DIFFERENT.load(Ordering::Relaxed), 0);
}

#[test]
fn an_invalid_number_is_an_error_that_names_the_field_and_the_expected_type() {
    let mut lab = Lab::initialized::<Subject>();
    let mut text = |fields: &str| {
        let reply = reply(&mut lab, &format!(r#"{{"msg_id":1,{fields}}}"#));
        assert_eq!(reply["code"], 12, "{reply}");
        reply["text"].as_str().unwrap().to_owned()
    };
    for (fields, expected) in [
        (
            r#""type":"wide","value":1.0"#,
            "`value`: invalid type: floating point `1.0`, expected an integer of 128 bits",
        ),
        (
            r#""type":"wide","value":1e3,"other":[]"#,
            "`value`: invalid type: floating point `1e3`, expected an integer of 128 bits",
        ),
        (
            r#""type":"wide","value":-1"#,
            "`value`: invalid value: integer `-1`, expected u128",
        ),
        (
            r#""type":"wide","value":1,"list":[-5, 2.50]"#,
            "`list[1]`: invalid type: floating point `2.50`, expected an integer of 128 bits",
        ),
        (
            r#""type":"narrow","value":1.0"#,
            "`value`: invalid type: floating point `1.0`, expected i8",
        ),
        (
            r#""type":"narrow","value":128"#,
            "`value`: invalid value: integer `128`, expected i8",
        ),
        (
            r#""type":"narrow","value":99999999999999999999"#,
            "`value`: invalid value: integer `99999999999999999999`, expected i8",
        ),
    ] {
        assert_eq!(text(fields), expected);
    }
}

#[test]
fn an_invalid_number_in_a_reply_is_an_error_that_names_the_field() {
    for (request, service, reply_body, expected) in [
        (
            "ask",
            "n2",
            r#""type":"wide_ok","value":7.0"#,
            "the reply can't be read: \
             `value`: invalid type: floating point `7.0`, expected an integer of 128 bits",
        ),
        (
            "look_up",
            "lin-kv",
            r#""type":"read_ok","value":0.5"#,
            "invalid type: floating point `0.5`, expected an integer of 128 bits",
        ),
    ] {
        let mut lab = Lab::initialized::<Subject>();
        lab.deliver(&format!(r#"{{"type":"{request}","msg_id":1}}"#));
        let (dest, call) = lab.sent().remove(0);
        assert_eq!(&*dest, service);
        let id = &call["msg_id"];
        lab.deliver_from(service, &format!(r#"{{"in_reply_to":{id},{reply_body}}}"#));
        let text = lab.replies().remove(0)["text"].to_string();
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn an_error_of_a_result_alias_becomes_an_error_body() {
    let mut lab = Lab::initialized::<Subject>();
    let mut outcome = |kind: &str, value: u64| {
        reply(
            &mut lab,
            &format!(r#"{{"type":"{kind}","msg_id":1,"value":{value}}}"#),
        )
    };
    let ok = json!({"type": "alias_ok", "in_reply_to": 1, "value": 5});
    assert_eq!(outcome("alias", 5), ok);
    assert_eq!(outcome("alias", 0)["code"], 20);
    let ok = json!({"type": "alias_without_a_value_ok", "in_reply_to": 1});
    assert_eq!(outcome("alias_without_a_value", 5), ok);
    assert_eq!(outcome("alias_without_a_value", 0)["code"], 14);
}

#[test]
fn a_spawned_task_and_a_task_method_share_the_node() {
    let mut lab = Lab::initialized::<Subject>();
    let counts = |lab: &mut Lab| {
        let reply = reply(lab, r#"{"type":"counts","msg_id":9}"#);
        (reply["worked"].as_u64(), reply["looped"].as_u64())
    };
    assert_eq!(counts(&mut lab), (Some(0), Some(0)));
    reply(&mut lab, r#"{"type":"start_task","msg_id":1,"ms":50}"#);
    lab.advance(Duration::from_millis(50));
    assert_eq!(counts(&mut lab), (Some(1), Some(0)));
    lab.advance(Duration::from_secs(25));
    assert_eq!(counts(&mut lab), (Some(1), Some(2)));
}

#[test]
fn a_task_that_fails_or_panics_is_logged_and_ends() {
    let lab = Lab::initialized::<Subject>();
    let log = lab.log();
    let of = |name: &str| log.iter().filter(|line| line.contains(name)).count();
    assert_eq!(of("`run_once` failed: abort (14): refused"), 1, "{log:?}");
    let panic = format!("the task `run_and_panic` panicked at {}:", file!());
    assert_eq!(of(&panic), 1, "{log:?}");
    assert_eq!(of(": on purpose"), 1, "{log:?}");
}

#[test]
fn tokio_functions_that_need_its_runtime_panic_with_the_alternative() {
    for kind in [
        "tokio_sleep",
        "tokio_timeout",
        "tokio_interval",
        "tokio_spawn",
        "tokio_spawn_local",
        "tokio_spawn_blocking",
    ] {
        let mut lab = Lab::initialized::<Subject>();
        let reply = reply(&mut lab, &format!(r#"{{"type":"{kind}","msg_id":1}}"#));
        assert_eq!(reply["code"], 13);
        let text = reply["text"].as_str().unwrap();
        assert!(
            text.ends_with("use `mael::time` and `mael::spawn`)"),
            "{text}"
        );
    }
}
