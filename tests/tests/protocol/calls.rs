//! Calls to other nodes, in a time that is moved by hand: how long they wait, what they repeat,
//! and what becomes of replies that are late, doubled or of the wrong shape.

use std::time::Duration;

use mael::prelude::*;
use mael::{Net, Peers, time};
use mael_tests::Lab;
use serde_json::{Value, json};

/// A node that calls others in every way.
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

    #[handler(type = "patient", reply = "value")]
    async fn patient(&self, ms: u64) -> mael::Result<u64> {
        let limit = Duration::from_millis(ms);
        self.peers.client("n2").double(4).timeout(limit).await
    }

    #[handler(type = "retry", reply = "value", deadline_ms = 60_000)]
    async fn retry(&self) -> mael::Result<u64> {
        self.peers.client("n2").double(4).retry().await
    }

    /// Gives up on a call before its reply can come, and then waits.
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

    #[handler(type = "tell")]
    fn tell(&self) -> mael::Result<()> {
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

    #[handler(type = "whom", reply("all", "neighbours"))]
    fn whom(&self) -> (Vec<NodeId>, usize) {
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

/// A node `n1` of three.
fn lab() -> Lab {
    let mut lab = Lab::new::<Caller>();
    lab.deliver(r#"{"type":"init","msg_id":0,"node_id":"n1","node_ids":["n1","n2","n3"]}"#);
    assert_eq!(lab.replies()[0]["type"], "init_ok");
    lab
}

/// The id of the one request that was sent, which is to `n2`.
fn asked(lab: &mut Lab) -> i64 {
    let sent = lab.sent();
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert_eq!(&*sent[0].0, "n2");
    assert_eq!(sent[0].1["type"], "double");
    assert_eq!(sent[0].1["value"], 4);
    sent[0].1["msg_id"].as_i64().expect("a request has an id")
}

fn answer(lab: &Lab, id: i64, value: u64) {
    let body = json!({"type": "double_ok", "in_reply_to": id, "value": value});
    lab.deliver_from("n2", &body.to_string());
}

/// How many requests of the node wait for their reply.
fn pending(lab: &mut Lab) -> u64 {
    lab.deliver(r#"{"type":"pending","msg_id":99}"#);
    lab.replies()[0]["count"]
        .as_u64()
        .expect("a count is an integer")
}

fn refuse(lab: &Lab, id: i64, code: i64) {
    let body = json!({"type": "error", "in_reply_to": id, "code": code, "text": "no"});
    lab.deliver_from("n2", &body.to_string());
}

#[test]
fn a_call_waits_for_exactly_the_timeout_of_its_node_or_its_own() {
    for (request, limit) in [
        (r#"{"type":"plain","msg_id":1}"#, 300),
        (r#"{"type":"patient","msg_id":1,"ms":40}"#, 40),
        (r#"{"type":"patient","msg_id":1,"ms":4000}"#, 4000),
    ] {
        let mut lab = lab();
        lab.deliver(request);
        asked(&mut lab);
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
fn a_reply_at_the_last_moment_counts_and_one_after_it_does_not() {
    let mut lab = lab();
    lab.deliver(r#"{"type":"plain","msg_id":1}"#);
    let id = asked(&mut lab);
    lab.advance(ms(300) - Duration::from_nanos(1));
    answer(&lab, id, 8);
    assert_eq!(lab.replies()[0]["value"], 8);

    lab.deliver(r#"{"type":"plain","msg_id":2}"#);
    let id = asked(&mut lab);
    lab.advance(ms(300));
    assert_eq!(lab.replies()[0]["code"], 0);
    answer(&lab, id, 8);
    lab.advance(ms(1000));
    assert_eq!(lab.replies(), [] as [Value; 0]);
}

#[test]
fn of_several_replies_the_first_counts_and_none_reaches_another_call() {
    let mut lab = lab();
    lab.deliver(r#"{"type":"plain","msg_id":1}"#);
    let first = asked(&mut lab);
    answer(&lab, first, 8);
    answer(&lab, first, 9);
    assert_eq!(lab.replies()[0]["value"], 8);
    lab.deliver(r#"{"type":"plain","msg_id":2}"#);
    let second = asked(&mut lab);
    assert_ne!(first, second, "no id is used twice");
    answer(&lab, first, 10);
    assert_eq!(lab.replies(), [] as [Value; 0]);
    answer(&lab, second, 11);
    assert_eq!(lab.replies()[0]["value"], 11);
}

#[test]
fn a_request_with_id_0_is_answered_and_a_reply_to_0_is_nobodys() {
    let mut lab = lab();
    lab.deliver(r#"{"type":"plain","msg_id":0}"#);
    let id = asked(&mut lab);
    assert!(id > 0, "some libraries take 0 for no id");
    answer(&lab, 0, 1);
    assert_eq!(lab.replies(), [] as [Value; 0]);
    answer(&lab, id, 8);
    let expected = json!({"type": "plain_ok", "in_reply_to": 0, "value": 8});
    assert_eq!(lab.replies(), [expected]);
}

#[test]
fn attempts_go_on_with_pauses_that_grow_differ_and_stay_below_a_second() {
    let mut lab = lab();
    lab.deliver(r#"{"type":"retry","msg_id":1}"#);
    asked(&mut lab);
    let mut pauses = Vec::new();
    let mut last = lab.now();
    while pauses.len() < 30 {
        lab.advance_to_next_timer();
        if !lab.sent().is_empty() {
            pauses.push(lab.now() - last - ms(300));
            last = lab.now();
        }
    }
    // Each is drawn below a bound that doubles from 50 ms to 1 s.
    let bounds = [50, 100, 200, 400, 800].map(ms).into_iter();
    for (pause, bound) in pauses.iter().zip(bounds.chain(std::iter::repeat(ms(1000)))) {
        assert!(*pause < bound, "{pause:?} of at most {bound:?}");
    }
    let late = &pauses[5..];
    assert!(late.iter().any(|pause| *pause > ms(500)), "{late:?}");
    assert!(late.iter().any(|pause| *pause < ms(500)), "{late:?}");
}

#[test]
fn a_reply_to_an_earlier_attempt_completes_a_call_that_is_retried() {
    let mut lab = lab();
    lab.deliver(r#"{"type":"retry","msg_id":1}"#);
    let first = asked(&mut lab);
    lab.advance(ms(351));
    let second = asked(&mut lab);
    assert_ne!(first, second);
    lab.advance(ms(10));
    answer(&lab, first, 8);
    assert_eq!(lab.replies()[0]["value"], 8);
    answer(&lab, second, 9);
    lab.advance(ms(5000));
    assert_eq!(lab.sent(), [], "no further attempt, no further reply");
}

#[test]
fn a_round_trip_that_is_longer_than_the_timeout_is_no_obstacle_to_a_retry() {
    let mut lab = lab();
    lab.deliver(r#"{"type":"retry","msg_id":1}"#);
    let first = asked(&mut lab);
    lab.advance(ms(3000));
    assert!(!lab.sent().is_empty());
    answer(&lab, first, 8);
    assert_eq!(lab.replies()[0]["value"], 8);
}

#[test]
fn errors_that_may_pass_are_followed_by_another_attempt_and_others_are_the_result() {
    for code in [0, 11, 13] {
        let mut lab = lab();
        lab.deliver(r#"{"type":"retry","msg_id":1}"#);
        let first = asked(&mut lab);
        refuse(&lab, first, code);
        assert_eq!(lab.replies(), [] as [Value; 0], "code {code}: not at once");
        lab.advance(ms(51));
        let second = asked(&mut lab);
        answer(&lab, second, 8);
        assert_eq!(lab.replies()[0]["value"], 8);
    }
    for code in [1, 10, 12, 14, 20, 21, 22, 30, 1000] {
        let mut lab = lab();
        lab.deliver(r#"{"type":"retry","msg_id":1}"#);
        let first = asked(&mut lab);
        refuse(&lab, first, code);
        assert_eq!(lab.replies()[0]["code"], code);
    }
}

#[test]
fn a_definite_error_is_not_passed_on_while_another_attempt_may_have_been_done() {
    let mut lab = lab();
    lab.deliver(r#"{"type":"retry","msg_id":1}"#);
    asked(&mut lab);
    lab.advance(ms(351));
    let second = asked(&mut lab);
    refuse(&lab, second, 22);
    let reply = lab.replies().remove(0);
    assert_eq!(reply["code"], 13, "the first attempt may have been done");
    let text = reply["text"].as_str().unwrap();
    assert!(text.contains("precondition-failed (22): no"), "{text}");

    lab.deliver(r#"{"type":"retry","msg_id":2}"#);
    let first = asked(&mut lab);
    refuse(&lab, first, 11);
    lab.advance(ms(51));
    let second = asked(&mut lab);
    refuse(&lab, second, 22);
    assert_eq!(lab.replies()[0]["code"], 22, "the first was certainly not");
}

#[test]
fn a_reply_that_does_not_fit_is_an_indefinite_error_that_names_the_field() {
    let mut lab = lab();
    for (id, body, text) in [
        (1, r#""value":"x""#, "`value`: invalid type"),
        (2, r#""other":1"#, "`value` is missing"),
        (3, r#""type":"error","code":11"#, "duplicate field"),
    ] {
        lab.deliver(&format!(r#"{{"type":"plain","msg_id":{id}}}"#));
        let asked = asked(&mut lab);
        let reply = format!(r#"{{"type":"double_ok","in_reply_to":{asked},{body}}}"#);
        lab.deliver_from("n2", &reply);
        let reply = lab.replies().remove(0);
        assert_eq!(reply["code"], 13, "it was understood, and may be done");
        assert!(reply["text"].as_str().unwrap().contains(text), "{reply}");
    }
}

#[test]
fn a_call_that_was_dropped_leaves_nothing_that_a_reply_could_reach() {
    let mut lab = lab();
    lab.deliver(r#"{"type":"drop","msg_id":1}"#);
    let id = asked(&mut lab);
    assert_eq!(pending(&mut lab), 1);
    lab.advance(ms(50));
    assert_eq!(pending(&mut lab), 0);
    answer(&lab, id, 8);
    lab.advance(ms(500));
    assert_eq!(lab.replies()[0]["elapsed"], true);
}

#[test]
fn no_call_leaves_anything_behind_however_it_ends() {
    let mut lab = lab();
    lab.deliver(r#"{"type":"retry","msg_id":1}"#);
    lab.advance(ms(5000));
    let attempts: Vec<i64> = lab
        .sent()
        .iter()
        .filter_map(|(_, body)| body["msg_id"].as_i64())
        .collect();
    assert_eq!(pending(&mut lab), attempts.len() as u64);
    answer(&lab, attempts[1], 8);
    assert_eq!(lab.replies()[0]["value"], 8);
    assert_eq!(pending(&mut lab), 0, "of a call that was answered");

    lab.deliver(r#"{"type":"plain","msg_id":2}"#);
    lab.advance(ms(301));
    lab.replies();
    assert_eq!(pending(&mut lab), 0, "of a call that was late");

    lab.deliver(r#"{"type":"retry","msg_id":3}"#);
    lab.advance(ms(60_001));
    let replies = lab.replies();
    assert_eq!(replies.last().unwrap()["code"], 0);
    assert_eq!(pending(&mut lab), 0, "of a handler at its deadline");
}

#[test]
fn a_detached_call_outlives_its_handler_and_ends_with_its_reply() {
    let mut lab = lab();
    lab.deliver(r#"{"type":"detach","msg_id":1}"#);
    let mut sent = lab.replies();
    assert_eq!(
        sent.remove(0),
        json!({"type": "detach_ok", "in_reply_to": 1})
    );
    assert_eq!(sent[0]["type"], "double", "the handler is done before it");
    lab.advance(ms(20_000));
    let attempts = lab.replies();
    assert!(attempts.len() > 10, "far beyond any deadline");
    let id = attempts[attempts.len() - 1]["msg_id"].as_i64().unwrap();
    answer(&lab, id, 8);
    lab.advance(ms(20_000));
    assert_eq!(lab.sent(), []);
    assert_eq!(pending(&mut lab), 0);
}

#[test]
fn what_is_only_sent_has_no_id_and_waits_for_nothing() {
    let mut lab = lab();
    lab.deliver(r#"{"type":"tell","msg_id":1}"#);
    let n = |name: &str| NodeId::from(name);
    let expected = [
        (n("n2"), json!({"type": "note", "text": "hello"})),
        (n("n2"), json!({"type": "double", "value": 4})),
        (n("c9"), json!({"type": "word", "of": "mouth"})),
        (n("c1"), json!({"type": "tell_ok", "in_reply_to": 1})),
    ];
    assert_eq!(lab.sent(), expected);
    assert_eq!(pending(&mut lab), 0);
}

#[test]
fn a_raw_call_takes_any_destination_and_any_type() {
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
fn peers_are_the_others_and_neighbours_are_those_of_the_topology() {
    let mut lab = lab();
    lab.deliver(r#"{"type":"whom","msg_id":1}"#);
    let expected =
        json!({"type": "whom_ok", "in_reply_to": 1, "all": ["n2", "n3"], "neighbours": 2});
    assert_eq!(lab.replies(), [expected]);
    lab.deliver(r#"{"type":"topology","msg_id":2,"topology":{"n1":["n3"],"n3":["n1"]}}"#);
    assert_eq!(lab.replies()[0]["type"], "topology_ok");
    lab.deliver(r#"{"type":"whom","msg_id":3}"#);
    assert_eq!(lab.replies()[0]["neighbours"], 1);
}

#[test]
fn at_the_end_of_the_input_calls_fail_at_once() {
    for request in [
        r#"{"type":"plain","msg_id":1}"#,
        r#"{"type":"retry","msg_id":1}"#,
    ] {
        let mut lab = lab();
        lab.deliver(request);
        asked(&mut lab);
        lab.close();
        lab.advance(ms(1200));
        let replies = lab.replies();
        assert_eq!(replies.len(), 1, "{replies:?}");
        assert_eq!(replies[0]["code"], 0);
        assert!(lab.has_ended());
    }
}
