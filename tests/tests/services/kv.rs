//! Tests the clients of the key-value services: message by message against a scripted service, and
//! under faults against the simulated services.

use std::time::Duration;

use mael::prelude::*;
use mael::{LinKv, SeqKv};
use mael_sim::simulation::{Simulation, ms, secs};
use mael_sim::{Fault, simulate, workloads};
use mael_tests::Lab;
use serde_json::{Value, json};

/// A node that forwards requests to the services.
#[node(rpc_timeout_ms = 200)]
struct Client {
    lin: LinKv,
    seq: SeqKv,
}

#[handlers]
impl Client {
    #[handler(type = "read", reply = "value")]
    async fn read(&self) -> mael::Result<Option<Option<u64>>> {
        self.lin.read("k").await
    }

    #[handler(type = "write")]
    async fn write(&self) -> mael::Result<()> {
        self.lin.write("k", &1).await
    }

    #[handler(type = "cas", reply = "done")]
    async fn cas(&self) -> mael::Result<bool> {
        self.lin.cas(("k", 7), &1, &2).await
    }

    #[handler(type = "create", reply = "done")]
    async fn create(&self) -> mael::Result<bool> {
        self.lin.cas_or_create("k", &1, &2).await
    }

    #[handler(type = "update", reply = "value")]
    async fn update(&self) -> mael::Result<u64> {
        let add = |old: Option<u64>| old.unwrap_or(0) + 1;
        self.lin.update("k", add).await
    }

    #[handler(type = "fresh", reply = "value")]
    async fn fresh(&self) -> mael::Result<Option<u64>> {
        self.seq.fresh().await?.read("k").await
    }
}

fn send_request(lab: &mut Lab, kind: &str) {
    lab.deliver(&json!({"type": kind, "msg_id": 1}).to_string());
}

/// Returns the only request that was sent to a service, without its id, and the id.
fn sent_request(lab: &mut Lab) -> (Value, Value) {
    let mut sent = lab.sent();
    assert_eq!(sent.len(), 1, "{sent:?}");
    let mut body = sent.remove(0).1;
    let fields = body.as_object_mut().expect("a body is an object");
    let id = fields.remove("msg_id").expect("a request has an id");
    (body, id)
}

fn send_reply(lab: &Lab, id: &Value, mut body: Value) {
    body["in_reply_to"] = id.clone();
    lab.deliver_from("lin-kv", &body.to_string());
}

fn error(code: i64) -> Value {
    json!({"type": "error", "code": code, "text": "the service's text"})
}

#[test]
fn errors_20_and_22_are_results_and_other_codes_are_errors() {
    let cas = json!({"type": "cas", "key": ["k", 7], "from": 1, "to": 2});
    let create =
        json!({"type": "cas", "key": "k", "from": 1, "to": 2, "create_if_not_exists": true});
    let no = json!({"done": false});
    let yes = json!({"done": true});
    let code = |code: i64| json!({"code": code});
    for (kind, request, reply, expected) in [
        (
            "read",
            json!({"type": "read", "key": "k"}),
            json!({"type": "read_ok", "value": 5}),
            json!({"value": 5}),
        ),
        (
            "read",
            json!({"type": "read", "key": "k"}),
            error(20),
            json!({"value": null}),
        ),
        (
            "read",
            json!({"type": "read", "key": "k"}),
            error(22),
            code(22),
        ),
        (
            "write",
            json!({"type": "write", "key": "k", "value": 1}),
            json!({"type": "write_ok"}),
            json!({"type": "write_ok"}),
        ),
        (
            "write",
            json!({"type": "write", "key": "k", "value": 1}),
            error(20),
            code(20),
        ),
        ("cas", cas.clone(), json!({"type": "cas_ok"}), yes.clone()),
        ("cas", cas.clone(), error(20), no.clone()),
        ("cas", cas.clone(), error(22), no.clone()),
        ("cas", cas.clone(), error(21), code(21)),
        ("cas", cas.clone(), error(13), code(13)),
        ("create", create.clone(), json!({"type": "cas_ok"}), yes),
        ("create", create, error(22), no),
    ] {
        let mut lab = Lab::initialized::<Client>();
        send_request(&mut lab, kind);
        let (sent, id) = sent_request(&mut lab);
        assert_eq!(sent, request);
        send_reply(&lab, &id, reply.clone());
        let got = lab.replies().remove(0);
        for (field, value) in expected.as_object().unwrap() {
            assert_eq!(&got[field], value, "{kind} answered by {reply}: {got}");
        }
    }
}

#[test]
fn non_idempotent_requests_are_sent_once_and_time_out_with_error_0() {
    for kind in ["write", "cas", "create"] {
        let mut lab = Lab::initialized::<Client>();
        send_request(&mut lab, kind);
        sent_request(&mut lab);
        lab.advance(Duration::from_secs(4));
        let sent = lab.replies();
        assert_eq!(sent.len(), 1, "{kind}: {sent:?}");
        assert_eq!(sent[0]["code"], 0);
    }
}

#[test]
fn a_read_is_retried_until_it_is_answered() {
    let mut lab = Lab::initialized::<Client>();
    send_request(&mut lab, "read");
    let (request, _) = sent_request(&mut lab);
    lab.advance(Duration::from_millis(251));
    let (again, id) = sent_request(&mut lab);
    assert_eq!(request, again);
    send_reply(&lab, &id, error(20));
    assert_eq!(
        lab.replies()[0]["value"],
        Value::Null,
        "error 20 is not a failure"
    );
}

#[test]
fn an_update_retries_after_a_conflict_and_fails_after_an_indefinite_error() {
    let mut lab = Lab::initialized::<Client>();
    send_request(&mut lab, "update");
    let (_, id) = sent_request(&mut lab);
    send_reply(&lab, &id, error(20));
    let (first, id) = sent_request(&mut lab);
    assert_eq!(
        (&first["to"], &first["create_if_not_exists"]),
        (&json!(1), &json!(true))
    );
    send_reply(&lab, &id, error(22));
    lab.advance(Duration::from_millis(6));
    let (read, id) = sent_request(&mut lab);
    assert_eq!(read["type"], "read");
    send_reply(&lab, &id, json!({"type": "read_ok", "value": 40}));
    let (second, _) = sent_request(&mut lab);
    assert_eq!((&second["from"], &second["to"]), (&json!(40), &json!(41)));
    lab.advance(Duration::from_secs(4));
    let sent = lab.replies();
    assert_eq!(sent.len(), 1, "no second attempt: {sent:?}");
    assert_eq!(sent[0]["code"], 0);
}

#[test]
fn a_fresh_read_first_writes_a_unique_value_even_after_a_restart() {
    let mut used = BTreeSet::new();
    let mut keys = BTreeSet::new();
    // A restarted process draws different random numbers.
    for first in [0, 1000] {
        let lab = &mut Lab::drawing_from::<Client>(first);
        lab.deliver(r#"{"type":"init","msg_id":0,"node_id":"n1","node_ids":["n1"]}"#);
        assert_eq!(lab.replies()[0]["type"], "init_ok");
        send_request(lab, "fresh");
        for _ in 0..3 {
            let (write, _) = sent_request(lab);
            assert_eq!(write["type"], "write");
            assert!(used.insert(write["value"].to_string()), "{write} again");
            keys.insert(write["key"].to_string());
            lab.advance(Duration::from_millis(200));
        }
        let (write, id) = sent_request(lab);
        assert!(used.insert(write["value"].to_string()));
        send_reply(lab, &id, json!({"type": "write_ok"}));
        let (read, id) = sent_request(lab);
        assert_eq!(
            read,
            json!({"type": "read", "key": "k"}),
            "the read follows the write"
        );
        send_reply(lab, &id, json!({"type": "read_ok", "value": 3}));
        assert_eq!(lab.replies()[0]["value"], 3);
    }
    assert_eq!(keys.len(), 1, "a node uses one key: {keys:?}");
}

/// A counter that all nodes store under one key.
#[node]
struct OnLinKv {
    kv: LinKv,
}

#[handlers]
impl OnLinKv {
    #[handler(type = "add")]
    async fn add(&self, delta: u64) -> mael::Result<()> {
        let add = |old: Option<u64>| old.unwrap_or(0) + delta;
        self.kv.update("total", add).await.map(drop)
    }

    #[handler(type = "read", reply = "value")]
    async fn read(&self) -> mael::Result<u64> {
        Ok(self.kv.read("total").await?.unwrap_or(0))
    }
}

#[node]
struct OnSeqKv {
    kv: SeqKv,
}

#[handlers]
impl OnSeqKv {
    #[handler(type = "add")]
    async fn add(&self, delta: u64) -> mael::Result<()> {
        let add = |old: Option<u64>| old.unwrap_or(0) + delta;
        self.kv.update("total", add).await.map(drop)
    }

    #[handler(type = "read", reply = "value")]
    async fn read(&self) -> mael::Result<u64> {
        let newest = self.kv.fresh().await?;
        Ok(newest.read("total").await?.unwrap_or(0))
    }
}

/// The same with plain reads, which may be stale.
#[node]
struct Stale {
    kv: SeqKv,
}

#[handlers]
impl Stale {
    #[handler(type = "add")]
    async fn add(&self, delta: u64) -> mael::Result<()> {
        let add = |old: Option<u64>| old.unwrap_or(0) + delta;
        self.kv.update("total", add).await.map(drop)
    }

    #[handler(type = "read", reply = "value")]
    async fn read(&self) -> mael::Result<u64> {
        Ok(self.kv.read("total").await?.unwrap_or(0))
    }
}

fn counter<N: mael::node::Handlers>() -> Simulation<N> {
    simulate::<N>(workloads::GCounter)
        .nodes(3)
        .rate(20.0)
        .time_limit(secs(5))
        .seeds(0..15)
}

#[test]
fn updates_from_all_nodes_are_neither_lost_nor_duplicated() {
    counter::<OnLinKv>().check();
    counter::<OnLinKv>().latency(ms(20)).loss(0.05).check();
    counter::<OnLinKv>()
        .latency(ms(5))
        .nemesis([Fault::Kill, Fault::Pause])
        .nemesis_interval(secs(1))
        .check();
    counter::<OnSeqKv>().check();
    counter::<OnSeqKv>().latency(ms(20)).loss(0.05).check();
}

#[test]
fn plain_reads_of_seq_kv_are_stale_where_fresh_reads_are_not() {
    let stale = counter::<Stale>().run();
    assert!(stale.iter().any(|run| !run.passed()), "no read was stale");
}
