//! Tests calls to other nodes with a manual clock: timeouts, retries, and replies that are late,
//! duplicated or malformed.

use std::time::Duration;

use mael::prelude::*;
use mael::{Net, Peers, time};
use mael_tests::Lab;
use serde_json::{Value, json};

/// A node that makes every kind of call.
#[node(rpc_timeout_ms = 300)]
struct Caller {
    net: Net,
    peers: Peers<Caller>,
}

#[handlers]
impl Caller {
    #[handler(type = "double", reply = "value")]
    fn double(&self, value: u64) -> u64 {
        2 * value
    }

    #[handler(type = "note", oneway)]
    fn note(&self, text: String) {
        drop(text);
    }

    #[handler(type = "plain", reply = "value")]
    async fn plain(&self) -> mael::Result<u64> {
        self.peers.client("n2").double(4).await
    }

    #[handler(type = "with_timeout", reply = "value")]
    async fn with_timeout(&self, ms: u64) -> mael::Result<u64> {
        let limit = Duration::from_millis(ms);
        self.peers.client("n2").double(4).timeout(limit).await
    }

    #[handler(type = "retry", reply = "value", deadline_ms = 60_000)]
    async fn retry(&self) -> mael::Result<u64> {
        self.peers.client("n2").double(4).retry().await
    }

    /// Cancels a call before its reply arrives, and then waits.
    #[handler(type = "drop", reply = "elapsed")]
    async fn drop(&self) -> bool {
        let call = self.peers.client("n2").double(4);
        let limit = Duration::from_millis(50);
        let elapsed = time::timeout(limit, call.into_future()).await.is_err();
        time::sleep(Duration::from_millis(500)).await;
        elapsed
    }

    #[handler(type = "detach")]
    fn detach(&self) {
        self.peers.client("n2").double(4).retry().detach();
    }

    #[handler(type = "send_only")]
    fn send_only(&self) -> mael::Result<()> {
        self.peers.client("n2").note("hello".to_owned()).send();
        self.peers.client("n2").double(4).send();
        self.net.send("c9", "word", json!({"of": "mouth"}))
    }

    #[handler(type = "raw", reply = "reply")]
    async fn raw(&self, dest: NodeId, body: BTreeMap<String, u64>) -> mael::Result<Pair> {
        self.net.rpc(dest, "anything", body).await
    }

    #[handler(type = "pending", reply = "count")]
    fn pending(&self) -> usize {
        self.net.pending()
    }

    #[handler(type = "list_peers", reply("all", "neighbours"))]
    fn list_peers(&self) -> (Vec<NodeId>, usize) {
        let ids = self.peers.iter().map(|peer| peer.id().clone());
        (ids.collect(), self.peers.neighbours().len())
    }
}

#[mael::message]
struct Pair {
    left: u64,
    right: Option<String>,
}

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A node `n1` in a cluster of three.
fn lab() -> Lab {
    let mut lab = Lab::new::<Caller>();
    lab.deliver(r#"{"type":"init","msg_id":0,"node_id":"n1","node_ids":["n1","n2","n3"]}"#);
    assert_eq!(lab.replies()[0]["type"], "init_ok");
    lab
}

/// Returns the id of the only request that was sent, which is to `n2`.
fn sent_id(lab: &mut Lab) -> i64 {
    let sent = lab.sent();
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert_eq!(&*sent[0].0, "n2");
    assert_eq!(sent[0].1["type"], "double");
    assert_eq!(sent[0].1["value"], 4);
    sent[0].1["msg_id"].as_i64().expect("a request has an id")
}

fn send_reply(lab: &Lab, id: i64, value: u64) {
    let body = json!({"type": "double_ok", "in_reply_to": id, "value": value});
    lab.deliver_from("n2", &body.to_string());
}

/// Returns the number of the node's requests that wait for a reply.
fn pending(lab: &mut Lab) -> u64 {
    lab.deliver(r#"{"type":"pending","msg_id":99}"#);
    lab.replies()[0]["count"]
        .as_u64()
        .expect("a count is an integer")
}

fn send_error(lab: &Lab, id: i64, code: i64) {
    let body = json!({"type": "error", "in_reply_to": id, "code": code, "text": "no"});
    lab.deliver_from("n2", &body.to_string());
}

#[test]
fn a_call_times_out_exactly_after_its_own_or_its_nodes_timeout() {
    for (request, limit) in [
        (r#"{"type":"plain","msg_id":1}"#, 300),
        (r#"{"type":"with_timeout","msg_id":1,"ms":40}"#, 40),
        (r#"{"type":"with_timeout","msg_id":1,"ms":4000}"#, 4000),
    ] {
        let mut lab = lab();
        lab.deliver(request);
        sent_id(&mut lab);
        lab.advance(ms(limit) - Duration::from_nanos(1));
        assert_eq!(lab.replies(), [] as [Value; 0]);
        lab.advance(Duration::from_nanos(1));
        let replies = lab.replies();
        assert_eq!(replies[0]["code"], 0, "{request}");
        let text = format!("no reply from n2 to `double` within {:?}", ms(limit));
        assert_eq!(replies[0]["text"], text);
    }
}

#[test]
fn a_reply_before_the_timeout_counts_and_one_after_it_does_not() {
    let mut lab = lab();
    lab.deliver(r#"{"type":"plain","msg_id":1}"#);
    let id = sent_id(&mut lab);
    lab.advance(ms(300) - Duration::from_nanos(1));
    send_reply(&lab, id, 8);
    assert_eq!(lab.replies()[0]["value"], 8);

    lab.deliver(r#"{"type":"plain","msg_id":2}"#);
    let id = sent_id(&mut lab);
    lab.advance(ms(300));
    assert_eq!(lab.replies()[0]["code"], 0);
    send_reply(&lab, id, 8);
    lab.advance(ms(1000));
    assert_eq!(lab.replies(), [] as [Value; 0]);
}

#[test]
fn the_first_of_several_replies_counts_and_none_reaches_another_call() {
    let mut lab = lab();
    lab.deliver(r#"{"type":"plain","msg_id":1}"#);
    let first = sent_id(&mut lab);
    send_reply(&lab, first, 8);
    send_reply(&lab, first, 9);
    assert_eq!(lab.replies()[0]["value"], 8);
    lab.deliver(r#"{"type":"plain","msg_id":2}"#);
    let second = sent_id(&mut lab);
    assert_ne!(first, second, "ids are unique");
    send_reply(&lab, first, 10);
    assert_eq!(lab.replies(), [] as [Value; 0]);
    send_reply(&lab, second, 11);
    assert_eq!(lab.replies()[0]["value"], 11);
}

#[test]
fn a_request_with_id_0_gets_a_reply_and_a_reply_to_0_is_ignored() {
    let mut lab = lab();
    lab.deliver(r#"{"type":"plain","msg_id":0}"#);
    let id = sent_id(&mut lab);
    assert!(id > 0, "some libraries treat 0 as a missing id");
    send_reply(&lab, 0, 1);
    assert_eq!(lab.replies(), [] as [Value; 0]);
    send_reply(&lab, id, 8);
    let expected = json!({"type": "plain_ok", "in_reply_to": 0, "value": 8});
    assert_eq!(lab.replies(), [expected]);
}

#[test]
fn retries_continue_with_randomized_exponential_backoff_of_at_most_a_second() {
    let mut lab = lab();
    lab.deliver(r#"{"type":"retry","msg_id":1}"#);
    sent_id(&mut lab);
    let mut pauses = Vec::new();
    let mut last = lab.now();
    while pauses.len() < 30 {
        lab.advance_to_next_timer();
        if !lab.sent().is_empty() {
            pauses.push(lab.now() - last - ms(300));
            last = lab.now();
        }
    }
    // Each pause is random, below a bound that doubles from 50 ms to 1 s.
    let bounds = [50, 100, 200, 400, 800].map(ms).into_iter();
    for (pause, bound) in pauses.iter().zip(bounds.chain(std::iter::repeat(ms(1000)))) {
        assert!(*pause < bound, "{pause:?} exceeds {bound:?}");
    }
    let late = &pauses[5..];
    assert!(late.iter().any(|pause| *pause > ms(500)), "{late:?}");
    assert!(late.iter().any(|pause| *pause < ms(500)), "{late:?}");
}

#[test]
fn a_reply_to_an_earlier_attempt_completes_a_call_that_is_retried() {
    let mut lab = lab();
    lab.deliver(r#"{"type":"retry","msg_id":1}"#);
    let first = sent_id(&mut lab);
    lab.advance(ms(351));
    let second = sent_id(&mut lab);
    assert_ne!(first, second);
    lab.advance(ms(10));
    send_reply(&lab, first, 8);
    assert_eq!(lab.replies()[0]["value"], 8);
    send_reply(&lab, second, 9);
    lab.advance(ms(5000));
    assert_eq!(lab.sent(), [], "no further attempt, no further reply");
}

#[test]
fn a_retried_call_succeeds_when_the_round_trip_exceeds_the_timeout() {
    let mut lab = lab();
    lab.deliver(r#"{"type":"retry","msg_id":1}"#);
    let first = sent_id(&mut lab);
    lab.advance(ms(3000));
    assert!(!lab.sent().is_empty());
    send_reply(&lab, first, 8);
    assert_eq!(lab.replies()[0]["value"], 8);
}

#[test]
fn transient_errors_are_retried_and_other_errors_are_returned() {
    for code in [0, 11, 13] {
        let mut lab = lab();
        lab.deliver(r#"{"type":"retry","msg_id":1}"#);
        let first = sent_id(&mut lab);
        send_error(&lab, first, code);
        assert_eq!(
            lab.replies(),
            [] as [Value; 0],
            "code {code}: the retry comes after a pause"
        );
        lab.advance(ms(51));
        let second = sent_id(&mut lab);
        send_reply(&lab, second, 8);
        assert_eq!(lab.replies()[0]["value"], 8);
    }
    for code in [1, 10, 12, 14, 20, 21, 22, 30, 1000] {
        let mut lab = lab();
        lab.deliver(r#"{"type":"retry","msg_id":1}"#);
        let first = sent_id(&mut lab);
        send_error(&lab, first, code);
        assert_eq!(lab.replies()[0]["code"], code);
    }
}

#[test]
fn a_definite_error_becomes_indefinite_if_an_earlier_attempt_may_have_succeeded() {
    let mut lab = lab();
    lab.deliver(r#"{"type":"retry","msg_id":1}"#);
    sent_id(&mut lab);
    lab.advance(ms(351));
    let second = sent_id(&mut lab);
    send_error(&lab, second, 22);
    let reply = lab.replies().remove(0);
    assert_eq!(reply["code"], 13, "the first attempt may have taken effect");
    let text = reply["text"].as_str().unwrap();
    assert!(text.contains("precondition-failed (22): no"), "{text}");

    lab.deliver(r#"{"type":"retry","msg_id":2}"#);
    let first = sent_id(&mut lab);
    send_error(&lab, first, 11);
    lab.advance(ms(51));
    let second = sent_id(&mut lab);
    send_error(&lab, second, 22);
    assert_eq!(
        lab.replies()[0]["code"],
        22,
        "the first attempt certainly did not take effect"
    );
}

#[test]
fn a_malformed_reply_is_an_indefinite_error_that_names_the_field() {
    let mut lab = lab();
    for (id, body, text) in [
        (1, r#""value":"x""#, "`value`: invalid type"),
        (2, r#""other":1"#, "`value` is missing"),
        (3, r#""type":"error","code":11"#, "duplicate field"),
    ] {
        lab.deliver(&format!(r#"{{"type":"plain","msg_id":{id}}}"#));
        let sent_id = sent_id(&mut lab);
        let reply = format!(r#"{{"type":"double_ok","in_reply_to":{sent_id},{body}}}"#);
        lab.deliver_from("n2", &reply);
        let reply = lab.replies().remove(0);
        assert_eq!(reply["code"], 13, "the request may have taken effect");
        assert!(reply["text"].as_str().unwrap().contains(text), "{reply}");
    }
}

#[test]
fn a_reply_to_a_dropped_call_is_ignored() {
    let mut lab = lab();
    lab.deliver(r#"{"type":"drop","msg_id":1}"#);
    let id = sent_id(&mut lab);
    assert_eq!(pending(&mut lab), 1);
    lab.advance(ms(50));
    assert_eq!(pending(&mut lab), 0);
    send_reply(&lab, id, 8);
    lab.advance(ms(500));
    assert_eq!(lab.replies()[0]["elapsed"], true);
}

#[test]
fn calls_are_removed_however_they_end() {
    let mut lab = lab();
    lab.deliver(r#"{"type":"retry","msg_id":1}"#);
    lab.advance(ms(5000));
    let attempts: Vec<i64> = lab
        .sent()
        .iter()
        .filter_map(|(_, body)| body["msg_id"].as_i64())
        .collect();
    assert_eq!(pending(&mut lab), attempts.len() as u64);
    send_reply(&lab, attempts[1], 8);
    assert_eq!(lab.replies()[0]["value"], 8);
    assert_eq!(pending(&mut lab), 0, "a call that got a reply is removed");

    lab.deliver(r#"{"type":"plain","msg_id":2}"#);
    lab.advance(ms(301));
    lab.replies();
    assert_eq!(pending(&mut lab), 0, "a call that timed out is removed");

    lab.deliver(r#"{"type":"retry","msg_id":3}"#);
    lab.advance(ms(60_001));
    let replies = lab.replies();
    assert_eq!(replies.last().unwrap()["code"], 0);
    assert_eq!(
        pending(&mut lab),
        0,
        "a call is removed when its handler reaches its deadline"
    );
}

#[test]
fn a_detached_call_outlives_its_handler_until_its_reply() {
    let mut lab = lab();
    lab.deliver(r#"{"type":"detach","msg_id":1}"#);
    let mut sent = lab.replies();
    assert_eq!(
        sent.remove(0),
        json!({"type": "detach_ok", "in_reply_to": 1})
    );
    assert_eq!(sent[0]["type"], "double", "the handler's reply precedes it");
    lab.advance(ms(20_000));
    let attempts = lab.replies();
    assert!(attempts.len() > 10, "retries continue after every deadline");
    let id = attempts[attempts.len() - 1]["msg_id"].as_i64().unwrap();
    send_reply(&lab, id, 8);
    lab.advance(ms(20_000));
    assert_eq!(lab.sent(), []);
    assert_eq!(pending(&mut lab), 0);
}

#[test]
fn a_message_that_is_only_sent_has_no_id_and_is_not_pending() {
    let mut lab = lab();
    lab.deliver(r#"{"type":"send_only","msg_id":1}"#);
    let n = |name: &str| NodeId::from(name);
    let expected = [
        (n("n2"), json!({"type": "note", "text": "hello"})),
        (n("n2"), json!({"type": "double", "value": 4})),
        (n("c9"), json!({"type": "word", "of": "mouth"})),
        (n("c1"), json!({"type": "send_only_ok", "in_reply_to": 1})),
    ];
    assert_eq!(lab.sent(), expected);
    assert_eq!(pending(&mut lab), 0);
}

#[test]
fn a_raw_call_accepts_any_destination_and_any_type() {
    let mut lab = lab();
    lab.deliver(
        r#"{"type":"raw","msg_id":1,"dest":"somebody","body":{"a":1,"z":18446744073709551615}}"#,
    );
    let (dest, request) = lab.sent().remove(0);
    assert_eq!(&*dest, "somebody");
    let id = &request["msg_id"];
    let expected = json!({"type": "anything", "msg_id": id, "a": 1, "z": u64::MAX});
    assert_eq!(request, expected, "integers are exact");
    let reply = json!({"type": "?", "in_reply_to": id, "left": u64::MAX, "right": "r", "more": 1});
    lab.deliver_from("anybody", &reply.to_string());
    let expected = json!({"left": u64::MAX, "right": "r"});
    assert_eq!(lab.replies()[0]["reply"], expected);
}

#[test]
fn peers_are_all_other_nodes_and_neighbours_follow_the_topology() {
    let mut lab = lab();
    lab.deliver(r#"{"type":"list_peers","msg_id":1}"#);
    let expected =
        json!({"type": "list_peers_ok", "in_reply_to": 1, "all": ["n2", "n3"], "neighbours": 2});
    assert_eq!(lab.replies(), [expected]);
    lab.deliver(r#"{"type":"topology","msg_id":2,"topology":{"n1":["n3"],"n3":["n1"]}}"#);
    assert_eq!(lab.replies()[0]["type"], "topology_ok");
    lab.deliver(r#"{"type":"list_peers","msg_id":3}"#);
    assert_eq!(lab.replies()[0]["neighbours"], 1);
}

#[test]
fn calls_fail_when_the_input_ends() {
    for request in [
        r#"{"type":"plain","msg_id":1}"#,
        r#"{"type":"retry","msg_id":1}"#,
    ] {
        let mut lab = lab();
        lab.deliver(request);
        sent_id(&mut lab);
        lab.close();
        lab.advance(ms(1200));
        let replies = lab.replies();
        assert_eq!(replies.len(), 1, "{replies:?}");
        assert_eq!(replies[0]["code"], 0);
        assert!(lab.has_ended());
    }
}
