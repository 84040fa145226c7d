//! Tests messages that arrive before `init`, and `init` messages that are invalid.

use mael::node::PRE_INIT_MESSAGES;

use crate::program::case::Answer::{Echo, Error, InitOk, Nothing};
use crate::program::case::{Case, assert_answers, assert_conversation, object, text};
use crate::program::{INIT, good, run_echo};

#[test]
fn messages_before_init_get_replies_after_it_in_order() {
    let a = || Echo("a".to_owned());
    let mut early = vec![
        Case::body(r#"{"type":"echo","msg_id":1,"echo":"a"}"#, 1, a()),
        Case::body(r#"{"type":"bogus","msg_id":2}"#, 2, Error(10, "type")),
        Case::silent("nonsense"),
        Case::new(
            r#"{"src":"c1","body":{"msg_id":3}}"#,
            "c1",
            3,
            Error(12, "dest"),
        ),
        Case::body(
            r#"{"type":"echo","msg_id":4,"echo":7}"#,
            4,
            Error(12, "echo"),
        ),
        Case::body(r#"{"type":"echo","echo":"a"}"#, "", Nothing),
        Case::body(r#"{"type":"echo_ok","in_reply_to":4}"#, "", Nothing),
        Case::body(r#"{"type":"echo","msg_id":5,"echo":"a"}"#, 5, a()),
    ];
    let init = Case::new(INIT, "c0", 1, InitOk);
    let last = Case::new(good(6), "c9", 6, Echo("good 6".to_owned()));
    let input: Vec<Case> = early
        .iter()
        .cloned()
        .chain([init.clone(), last.clone()])
        .collect();
    let input: Vec<String> = input
        .iter()
        .map(|case| String::from_utf8_lossy(&case.line).into_owned())
        .collect();
    let finished = run_echo(input.join("\n"));
    early.retain(|case| case.answer != Nothing);
    let expected: Vec<Case> = [init].into_iter().chain(early).chain([last]).collect();
    assert_eq!(
        finished.text().lines().count(),
        expected.len(),
        "{}",
        finished.text()
    );
    for (line, case) in finished.text().lines().zip(&expected) {
        assert_answers(line, case);
    }
    assert_eq!(finished.code(), 0);
}

#[test]
fn a_failed_init_can_be_retried() {
    assert_conversation(&[
        Case::body(
            r#"{"type":"init","msg_id":1,"node_id":"n1"}"#,
            1,
            Error(12, "node_ids"),
        ),
        Case::body(
            r#"{"type":"init","msg_id":2,"node_id":["n1"],"node_ids":[]}"#,
            2,
            Error(12, "node_id"),
        ),
        Case::new(INIT, "c0", 1, InitOk),
        Case::new(good(3), "c9", 3, Echo("good 3".to_owned())),
    ]);
}

#[test]
fn replies_have_a_sender_even_if_the_dest_of_init_is_empty() {
    let finished = run_echo(format!(
        "{}\n{}\n{INIT}\n",
        r#"{"src":"c1","dest":"","body":{"type":"init","msg_id":7}}"#,
        r#"{"src":"c1","dest":"","body":{"type":"echo","msg_id":8,"echo":"a"}}"#,
    ));
    let ids: Vec<String> = finished
        .text()
        .lines()
        .map(|line| {
            let message = object(line);
            assert_eq!(text(&message, "src"), "n1", "{line}");
            object(message["body"].get())["in_reply_to"]
                .get()
                .to_owned()
        })
        .collect();
    assert_eq!(ids, ["1", "7", "8"]);
}

#[test]
fn messages_beyond_the_bound_before_init_are_dropped_and_reported() {
    const EXCESS: usize = 250;
    let mut input = String::new();
    for id in 0..PRE_INIT_MESSAGES + EXCESS {
        input.push_str(&good(id));
        input.push('\n');
    }
    input.push_str(INIT);
    input.push('\n');
    input.push_str(&good(77_777));
    let finished = run_echo(input);
    let ids: Vec<String> = finished
        .text()
        .lines()
        .skip(1)
        .map(|line| {
            object(object(line)["body"].get())["in_reply_to"]
                .get()
                .to_owned()
        })
        .collect();
    let expected = (0..PRE_INIT_MESSAGES).chain([77_777]);
    assert!(
        ids.iter()
            .eq(&expected.map(|id| id.to_string()).collect::<Vec<_>>())
    );
    assert!(
        finished
            .stderr
            .contains(&format!("dropped {EXCESS} messages")),
        "{}",
        finished.stderr
    );
    assert_eq!(finished.code(), 0);
}
