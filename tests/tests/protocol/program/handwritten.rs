//! Handwritten malformed lines.

use crate::program::case::Answer::{Echo, Error, InitOk, Nothing};
use crate::program::case::Case;
use crate::program::good;

/// Handwritten malformed lines.
pub(crate) fn handwritten() -> Vec<Case> {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let deep_object = r#"{"a":"#.repeat(100_000) + "1" + &"}".repeat(100_000);
    let long = "x".repeat(8 << 20);
    let thirty_digits = "123456789012345678901234567890";
    let mut cases: Vec<Case> = [
        "",
        " \t ",
        "\r",
        "nonsense",
        "{",
        "}",
        "[]",
        "null",
        "7",
        "\"text\"",
        "{}",
        r#"{"src":"c1"}"#,
        r#"{"src":"c1","dest":"n1"}"#,
        r#"{"src":"c1","dest":"n1","body":null}"#,
        r#"{"src":"c1","dest":"n1","body":[]}"#,
        r#"{"src":"c1","dest":"n1","body":"echo"}"#,
        r#"{"src":"c1","dest":"n1","body":7}"#,
        r#"{"src":"c1","dest":"n1","body":{}}"#,
        r#"{"src":"c1","dest":"n1","body":{"type":"echo","msg_id":1,"echo":"a"}"#,
        r#"{"src":"c1","dest":"n1","body":{"type":"echo","msg_id":1,"echo":"a"}}}"#,
        r#"{"src":"c1","dest":"n1","body":{"type":"echo","msg_id":1,"echo":"a",}}"#,
        r#"{"src":"c1","dest":"n1","body":{"type":"echo","msg_id":01,"echo":"a"}}"#,
        r#"{"src":"c1","dest":"n1","body":{"type":"echo","msg_id":+1,"echo":"a"}}"#,
        r#"{"src":"c1","dest":"n1","body":{"type":"echo","msg_id":NaN,"echo":"a"}}"#,
        r#"{"src":"c1","dest":"n1","body":{"type":"echo","msg_id":1,"echo":'a'}}"#,
        r#"{'src':"c1","dest":"n1","body":{"type":"echo","msg_id":1,"echo":"a"}}"#,
        r#"{"src":7,"dest":"n1","body":{"type":"echo","msg_id":1,"echo":"a"}}"#,
        r#"{"src":null,"dest":"n1","body":{"type":"echo","msg_id":1,"echo":"a"}}"#,
        r#"{"dest":"n1","body":{"type":"echo","msg_id":1,"echo":"a"}}"#,
        r#"{"src":"c1","dest":"n1","body":{"type":"echo","echo":7}}"#,
        r#"{"src":"c1","dest":"n1","body":{"type":"bogus"}}"#,
        r#"{"src":"c1","dest":"n1","body":{"type":"echo_ok","in_reply_to":7,"echo":"a"}}"#,
        r#"{"src":"c1","dest":"n1","body":{"type":"echo","msg_id":1,"in_reply_to":7,"echo":"a"}}"#,
        r#"{"src":"c1","dest":"n1","body":{"type":"init","msg_id":1,"in_reply_to":7,"node_id":"n2"}}"#,
        r#"{"src":"c1","dest":"n1","body":{"type":"error","in_reply_to":"x","code":13}}"#,
        "\u{feff}{\"src\":\"c1\",\"dest\":\"n1\",\"body\":{\"type\":\"echo\",\"msg_id\":1,\"echo\":\"a\"}}",
    ]
    .map(Case::silent)
    .into();
    cases.push(Case::silent(format!("{} {}", good(7), good(8))));
    cases.push(Case::silent(format!("{}{}", good(7), good(8))));
    cases.push(Case::silent(format!("{} nonsense", good(7))));
    cases.push(Case::silent(deep.clone()));
    cases.push(Case::silent("[".repeat(100_000)));
    cases.push(Case::silent(r#"{"a":"#.repeat(100_000)));
    cases.push(Case::silent(deep_object.clone()));
    cases.push(Case::silent(long.clone()));
    cases.push(Case::silent(b"\xff\xfe\x00".as_slice()));
    cases.push(Case::silent(
        b"{\"src\":\"c1\",\"dest\":\"n1\",\"body\":{\"type\":\"echo\",\"msg_id\":1,\"echo\":\"\xff\"}}"
            .as_slice(),
    ));
    cases.push(Case::silent(
        b"{\"src\":\"c\xc3\",\"dest\":\"n1\",\"body\":{\"type\":\"echo\",\"msg_id\":1,\"echo\":\"a\"}}"
            .as_slice(),
    ));
    // The id decides whether the node replies.
    for id in [
        "null", "1.0", "1.5", "1e3", r#""1""#, "true", "[1]", "{}", &deep,
    ] {
        let body = format!(r#"{{"type":"echo","msg_id":{id},"echo":"a"}}"#);
        cases.push(Case::body(&body, "", Nothing));
    }
    for id in [
        "0",
        "-7",
        "9223372036854775807",
        "18446744073709551616",
        thirty_digits,
        "-18446744073709551616",
    ] {
        let body = format!(r#"{{"type":"echo","msg_id":{id},"echo":"a"}}"#);
        cases.push(Case::body(&body, id, Echo("a".to_owned())));
        let body = format!(r#"{{"type":"bogus","msg_id":{id}}}"#);
        cases.push(Case::body(&body, id, Error(10, "type")));
    }
    for kind in [
        "null",
        "7",
        "[]",
        r#"{"a":1}"#,
        "false",
        r#""\ud800""#,
        &deep,
    ] {
        let body = format!(r#"{{"type":{kind},"msg_id":3,"echo":"a"}}"#);
        cases.push(Case::body(&body, 3, Error(12, "type")));
    }
    for kind in [
        r#""""#,
        r#""Echo""#,
        r#""echo ""#,
        r#""echo_ok""#,
        r#""\u0000""#,
    ] {
        let body = format!(r#"{{"type":{kind},"msg_id":3,"echo":"a"}}"#);
        cases.push(Case::body(&body, 3, Error(10, "type")));
    }
    for value in [
        "null",
        "7",
        "1e999",
        "[]",
        "{}",
        "true",
        r#""\ud800""#,
        r#""\udc00x""#,
        &deep,
        &deep_object,
    ] {
        let body = format!(r#"{{"type":"echo","msg_id":3,"echo":{value}}}"#);
        cases.push(Case::body(&body, 3, Error(12, "echo")));
    }
    for value in [&deep, &deep_object, "1e999", r#""\ud800""#, thirty_digits] {
        let body = format!(r#"{{"x":{value},"type":"echo","msg_id":3,"echo":"a"}}"#);
        cases.push(Case::body(&body, 3, Echo("a".to_owned())));
        let line = format!(
            r#"{{"x":{value},"src":"c1","dest":"n1","body":{{"type":"echo","msg_id":3,"echo":"a"}}}}"#
        );
        cases.push(Case::new(line, "c1", 3, Echo("a".to_owned())));
    }
    let huge = format!(r#"{{"type":"echo","msg_id":3,"echo":"{long}"}}"#);
    cases.push(Case::body(&huge, 3, Echo(long.clone())));
    let huge = format!(r#"{{"type":"{long}","msg_id":3}}"#);
    cases.push(Case::body(&huge, 3, Error(10, "type")));
    let huge = format!(r#"{{"type":"echo","msg_id":3,"echo":["{long}"]}}"#);
    cases.push(Case::body(&huge, 3, Error(12, "echo")));
    let huge = format!(r#"{{"src":"c1","dest":["{long}"],"body":{{"type":"echo","msg_id":3}}}}"#);
    cases.push(Case::new(huge, "c1", 3, Error(12, "dest")));
    for dest in ["7", "null", "[]", r#""\ud800""#, &deep] {
        let line = format!(
            r#"{{"src":"c1","dest":{dest},"body":{{"type":"echo","msg_id":3,"echo":"a"}}}}"#
        );
        cases.push(Case::new(line, "c1", 3, Error(12, "dest")));
    }
    let same = Echo("a".to_owned());
    for (body, answer) in [
        (r#"{"msg_id":3}"#, Error(12, "type")),
        (r#"{"msg_id":3,"echo":"a"}"#, Error(12, "type")),
        (r#"{"type":"echo","msg_id":3}"#, Error(12, "echo")),
        (
            r#"{"type":"echo","msg_id":3,"echo":"a","echo":"b"}"#,
            Error(12, "echo"),
        ),
        (
            r#"{"type":"bogus","type":"echo","msg_id":3,"echo":"a"}"#,
            same.clone(),
        ),
        (
            r#"{"type":"echo","msg_id":9,"msg_id":3,"echo":"a"}"#,
            same.clone(),
        ),
        (
            r#"{"type":"echo","msg_id":3,"x":1,"x":2,"echo":"a"}"#,
            same.clone(),
        ),
        (
            r#"{"type":"echo","msg_id":3,"in_reply_to":null,"echo":"a"}"#,
            same.clone(),
        ),
        (
            r#"{"type":"echo","msg_id":3,"echo":"a","":{"type":"x"}}"#,
            same.clone(),
        ),
        (
            r#"{"\u0074ype":"ec\u0068o","msg_id":3,"echo":"\u0061"}"#,
            same.clone(),
        ),
        (
            r#"{"type":"echo","msg_id":3,"echo":"\"\\\/\b\f\n\r\t\ud83d\ude00"}"#,
            Echo("\"\\/\u{8}\u{c}\n\r\t😀".to_owned()),
        ),
        (
            r#"{"type":"echo","msg_id":3,"echo":""}"#,
            Echo(String::new()),
        ),
        (
            r#"{"type":"echo","msg_id":3,"echo":"\u0000"}"#,
            Echo("\0".to_owned()),
        ),
        (
            r#"{"type":"init","msg_id":3,"node_id":"n1","node_ids":["n1","n2"]}"#,
            InitOk,
        ),
        (
            r#"{"type":"init","msg_id":3,"node_id":"n2","node_ids":["n1","n2"]}"#,
            Error(12, "node_id"),
        ),
        (
            r#"{"type":"init","msg_id":3,"node_id":"n1","node_ids":["n1"]}"#,
            Error(12, "node_ids"),
        ),
        (
            r#"{"type":"init","msg_id":3,"node_id":"n1","node_ids":["n2","n1"]}"#,
            Error(12, "node_ids"),
        ),
        (
            r#"{"type":"init","msg_id":3,"node_id":7,"node_ids":["n1","n2"]}"#,
            Error(12, "node_id"),
        ),
        (
            r#"{"type":"init","msg_id":3,"node_id":"","node_ids":["n1","n2"]}"#,
            Error(12, "node_id"),
        ),
        (
            r#"{"type":"init","msg_id":3,"node_id":"n1"}"#,
            Error(12, "node_ids"),
        ),
        (r#"{"type":"init","msg_id":3}"#, Error(12, "node_id")),
        (r#"{"type":"init","node_id":"n2"}"#, Nothing),
    ] {
        cases.push(Case::body(body, 3, answer));
    }
    for (line, src) in [
        (
            r#"{"src":"c1","dest":"n1","id":"x","extra":[{}],"body":{"type":"echo","msg_id":3,"echo":"a"}}"#,
            "c1",
        ),
        (
            r#"{"src":"\u0063\"1","dest":"n1","body":{"type":"echo","msg_id":3,"echo":"a"}}"#,
            "c\"1",
        ),
        (
            r#"{"src":"c5","src":"c1","dest":"n1","body":{"type":"echo","msg_id":3,"echo":"a"}}"#,
            "c1",
        ),
        (
            r#"{"body":{"echo":"a","msg_id":3,"type":"echo"},"dest":"n1","src":"c1"}"#,
            "c1",
        ),
        (
            " \t{ \"src\" : \"c1\" , \"dest\":\"n1\",\"body\":{\"type\":\"echo\",\"msg_id\":3,\"echo\":\"a\"} } \r",
            "c1",
        ),
        (
            r#"{"src":"","dest":"n1","body":{"type":"echo","msg_id":3,"echo":"a"}}"#,
            "",
        ),
    ] {
        cases.push(Case::new(line, src, 3, same.clone()));
    }
    let no_dest = r#"{"src":"c1","body":{"type":"echo","msg_id":3,"echo":"a"}}"#;
    cases.push(Case::new(no_dest, "c1", 3, Error(12, "dest")));
    let reply = r#"{"src":"c1","body":{"type":"echo","msg_id":3,"in_reply_to":1}}"#;
    cases.push(Case::silent(reply));
    cases
}
