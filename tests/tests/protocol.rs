//! The protocol as a program speaks it: the `echo` binary over its real stdin and stdout, fed with
//! what is right, what is wrong, and far too much.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::thread;

use fastrand::Rng;
use mael::serve::EARLY_MESSAGES;
use mael::wire::RawValue;
use mael_tests::{Finished, binary, finish, run_on, start};

const INIT: &str = r#"{"id":0,"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1","n2"]}}"#;

fn echo() -> &'static Path {
    static ECHO: OnceLock<std::path::PathBuf> = OnceLock::new();
    ECHO.get_or_init(|| binary("echo"))
}

/// Runs the echo node on these lines.
fn run_echo(input: impl Into<Vec<u8>>) -> Finished {
    run_on(&mut Command::new(echo()), input)
}

/// A request to `echo` that is as it should be.
fn good(id: usize) -> String {
    format!(
        r#"{{"src":"c9","dest":"n1","body":{{"type":"echo","msg_id":{id},"echo":"good {id}"}}}}"#
    )
}

/// What a line is to bring back.
#[derive(Clone, Debug, PartialEq)]
enum Answer {
    Nothing,
    InitOk,
    Echo(String),
    /// An error with this code, whose text names this field.
    Error(i64, &'static str),
}

use Answer::{Echo, Error, InitOk, Nothing};

/// A line, and what it is to bring back to whom.
#[derive(Clone, Debug)]
struct Case {
    line: Vec<u8>,
    src: String,
    id: String,
    answer: Answer,
}

impl Case {
    fn new(
        line: impl Into<Vec<u8>>,
        src: impl Into<String>,
        id: impl ToString,
        answer: Answer,
    ) -> Self {
        Self {
            line: line.into(),
            src: src.into(),
            id: id.to_string(),
            answer,
        }
    }

    /// A line that brings back nothing.
    fn silent(line: impl Into<Vec<u8>>) -> Self {
        Self::new(line, "", "", Nothing)
    }

    /// A message from `c1` to `n1` with this body, in which `msg_id` is `id`.
    fn body(body: &str, id: impl ToString, answer: Answer) -> Self {
        let line = format!(r#"{{"src":"c1","dest":"n1","body":{body}}}"#);
        Self::new(line, "c1", id, answer)
    }
}

type Object = BTreeMap<String, Box<RawValue>>;

fn object(json: &str) -> Object {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"))
}

fn text(object: &Object, key: &str) -> String {
    let json = object.get(key).unwrap_or_else(|| panic!("no {key}"));
    serde_json::from_str(json.get()).unwrap()
}

/// Asserts that one line of output is the answer to this case.
fn assert_answers(line: &str, case: &Case) {
    let told = &case.line[..case.line.len().min(300)];
    let told = String::from_utf8_lossy(told);
    let message = object(line);
    assert_eq!(text(&message, "src"), "n1", "the sender of {line}");
    assert_eq!(text(&message, "dest"), case.src, "{line}\nanswers {told}");
    let body = object(message["body"].get());
    let id = body["in_reply_to"].get();
    assert_eq!(id, case.id, "{line}\nanswers {told}");
    let kind = text(&body, "type");
    match &case.answer {
        Nothing => panic!("{told}\nwas answered with {line}"),
        InitOk => assert_eq!(kind, "init_ok", "{told}"),
        Echo(echo) => {
            assert_eq!(kind, "echo_ok", "{told}\nwas answered with {line}");
            assert!(text(&body, "echo") == *echo, "{told}");
        }
        Error(code, field) => {
            assert_eq!(kind, "error", "{told}\nwas answered with {line}");
            assert_eq!(body["code"].get(), code.to_string(), "{told}\n{line}");
            let said = text(&body, "text");
            assert!(said.contains(&format!("`{field}`")), "{told}\n{said}");
            assert!(said.len() < 10_000, "the error repeats {told}");
        }
    }
}

/// Runs the node on these lines, and asserts that it answers each as it should, in order.
fn assert_conversation(cases: &[Case]) -> Finished {
    let mut input = Vec::new();
    for case in cases {
        input.extend_from_slice(&case.line);
        input.push(b'\n');
    }
    let finished = run_echo(input);
    let mut lines = finished.text().lines();
    for case in cases.iter().filter(|case| case.answer != Nothing) {
        let told = String::from_utf8_lossy(&case.line[..case.line.len().min(300)]);
        let line = lines
            .next()
            .unwrap_or_else(|| panic!("no answer to {told}\n{}", finished.stderr));
        assert_answers(line, case);
    }
    assert_eq!(lines.next(), None, "an answer too many");
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
    assert!(!finished.stderr.contains("panicked"), "{}", finished.stderr);
    finished
}

/// A good request after each case, after the first of which the node is initialised.
fn with_good_requests(cases: impl IntoIterator<Item = Case>) -> Vec<Case> {
    let mut all = vec![Case::new(INIT, "c0", 1, InitOk)];
    for (id, case) in cases.into_iter().enumerate() {
        all.push(case);
        let echo = Echo(format!("good {id}"));
        all.push(Case::new(good(id), "c9", id, echo));
    }
    all
}

/// Lines that are wrong in ways that a person would think of.
fn handwritten() -> Vec<Case> {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let deep_object = r#"{"a":"#.repeat(100_000) + "1" + &"}".repeat(100_000);
    let long = "x".repeat(8 << 20);
    let thirty = "123456789012345678901234567890";
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
    // The id decides whether an answer is wanted.
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
        thirty,
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
    for value in [&deep, &deep_object, "1e999", r#""\ud800""#, thirty] {
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

/// One of `choices`, or nothing in one of eight draws.
fn draw(random: &mut Rng, choices: &[&str]) -> Option<String> {
    (random.u8(..8) > 0).then(|| choices[random.usize(..choices.len())].to_owned())
}

/// An object with those of these keys that have a value, in any order, with any white space.
fn shuffled(random: &mut Rng, mut fields: Vec<(&str, Option<String>)>) -> String {
    random.shuffle(&mut fields);
    let mut space = || ["", "", " ", "\t "][random.usize(..4)];
    let mut entries = Vec::new();
    for (key, value) in &fields {
        if let Some(value) = value {
            entries.push(format!(
                "{}\"{key}\"{}:{}{value}",
                space(),
                space(),
                space()
            ));
        }
    }
    format!("{{{}{}}}", entries.join(","), space())
}

const JUNK: [&str; 5] = [
    "null",
    "7",
    "[1,{\"type\":\"x\"}]",
    "{\"msg_id\":5}",
    "\"\\u00e9\\n\"",
];
const IDS: [&str; 11] = [
    "0",
    "1",
    "42",
    "-3",
    "9223372036854775808",
    "123456789012345678901234567890", // ids
    "null",
    "2.0",
    "\"2\"",
    "true",
    "[]",
];

/// A message that is put together at random, and what the rules say of it.
fn random_case(random: &mut Rng) -> Case {
    let src = draw(
        random,
        &[
            "\"c1\"",
            "\"c2\"",
            "\"n2\"",
            "\"\\u0063\"",
            "7",
            "null",
            "{}",
        ],
    );
    let dest = draw(
        random,
        &["\"n1\"", "\"n1\"", "\"n1\"", "\"n1\"", "false", "null"],
    );
    let kinds = [
        "\"echo\"",
        "\"echo\"",
        "\"init\"",
        "\"bogus\"",
        "\"\"",
        "7",
        "null",
    ];
    let kind = draw(random, &kinds);
    let id = draw(random, &IDS);
    let reply_to = match random.u8(..8) {
        0 => draw(random, &["0", "5", "\"x\"", "null", "{}"]),
        _ => None,
    };
    let echo = draw(
        random,
        &["\"a\"", "\"\\\"\\u0062\"", "\"\"", "7", "null", "[\"a\"]"],
    );
    let node = draw(random, &["\"n1\"", "\"n1\"", "\"n2\"", "1"]);
    let nodes = draw(
        random,
        &["[\"n1\",\"n2\"]", "[\"n1\",\"n2\"]", "[\"n2\"]", "\"n1\""],
    );
    let body = match random.u8(..16) {
        0 => draw(random, &["null", "[]", "\"x\"", "3"]),
        _ => {
            let fields = vec![
                ("type", kind.clone()),
                ("msg_id", id.clone()),
                ("in_reply_to", reply_to.clone()),
                ("echo", echo.clone()),
                ("node_id", node.clone()),
                ("node_ids", nodes.clone()),
                ("junk", draw(random, &JUNK)),
            ];
            Some(shuffled(random, fields))
        }
    };
    let fields = vec![
        ("src", src.clone()),
        ("dest", dest.clone()),
        ("body", body.clone()),
        ("id", draw(random, &JUNK)),
    ];
    let line = shuffled(random, fields);

    let string = |json: &Option<String>| -> Option<String> {
        json.as_ref()
            .and_then(|json| serde_json::from_str(json).ok())
    };
    let integer = |id: &String| {
        id.trim_start_matches('-')
            .bytes()
            .all(|byte| byte.is_ascii_digit())
    };
    let is_object = body.is_some_and(|body| body.starts_with('{'));
    let wants_answer = is_object && reply_to.is_none_or(|reply_to| reply_to == "null");
    let (Some(src), Some(id), true) = (string(&src), id.filter(integer), wants_answer) else {
        return Case::silent(line);
    };
    let answer = match (string(&dest), string(&kind).as_deref()) {
        (None, _) => Error(12, "dest"),
        (_, None) => Error(12, "type"),
        (_, Some("echo")) => string(&echo).map_or(Error(12, "echo"), Echo),
        (_, Some("init")) => {
            let node = string(&node);
            let list: Option<Vec<String>> = nodes.and_then(|json| serde_json::from_str(&json).ok());
            match (node.as_deref(), list) {
                (Some("n1"), Some(list)) if list == ["n1", "n2"] => InitOk,
                (Some("n1"), _) => Error(12, "node_ids"),
                (Some(_), Some(_)) => Error(12, "node_id"),
                // With two mistakes, which one is named depends on the order of the fields.
                _ => Error(12, ""),
            }
        }
        (_, Some(_)) => Error(10, "type"),
    };
    Case::new(line, src, id, answer)
}

/// A good line with a part of it missing, doubled, or replaced by bytes that are no text.
fn broken_line(random: &mut Rng) -> Case {
    let mut line = good(random.usize(..1000)).into_bytes();
    let at = random.usize(1..line.len());
    match random.u8(..3) {
        0 => line.truncate(at),
        1 => line.extend_from_slice(&line.clone()[at..]),
        _ => line = [&line[..at], b"\xf0\x9f", &line[at..]].concat(),
    }
    Case::silent(line)
}

#[test]
fn a_node_survives_hostile_lines_and_answers_each_as_it_should() {
    let mut random = Rng::with_seed(2026);
    let mut cases = handwritten();
    while cases.len() < 1_000 {
        let case = match random.u8(..8) {
            0 => broken_line(&mut random),
            _ => random_case(&mut random),
        };
        // Only the cases with one mistake have one right answer.
        if case.answer != Error(12, "") {
            cases.push(case);
        }
    }
    assert_conversation(&with_good_requests(cases));
}

#[test]
fn what_arrives_before_init_is_answered_after_it_in_order() {
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
fn an_init_that_is_refused_can_be_repeated() {
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
fn no_message_has_an_empty_sender_even_if_init_is_addressed_to_nobody() {
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
fn a_key_that_stands_for_no_text_does_not_cost_the_answer() {
    // By its grammar this is JSON: half of a surrogate pair may be escaped.
    let body = r#"{"type":"echo","msg_id":3,"echo":"a","\ud800":1}"#;
    let finished = run_echo(format!(
        "{INIT}\n{{\"src\":\"c1\",\"dest\":\"n1\",\"body\":{body}}}\n"
    ));
    let answers: Vec<&str> = finished.text().lines().skip(1).collect();
    assert_eq!(answers.len(), 1, "{answers:?}\n{}", finished.stderr);
}

#[test]
fn two_hundred_thousand_requests_at_once_are_all_answered_in_order() {
    const COUNT: usize = 200_000;
    let mut input = format!("{INIT}\n");
    for id in 0..COUNT {
        input.push_str(&good(id));
        input.push('\n');
    }
    let finished = run_echo(input);
    let mut lines = finished.text().lines().skip(1);
    for id in 0..COUNT {
        let expected = format!(
            r#"{{"src":"n1","dest":"c9","body":{{"type":"echo_ok","in_reply_to":{id},"echo":"good {id}"}}}}"#
        );
        assert_eq!(lines.next(), Some(&*expected));
    }
    assert_eq!(lines.next(), None);
    assert_eq!(finished.code(), 0);
}

#[test]
fn a_slow_reader_gets_every_answer() {
    // Far more than the pipes hold, and nothing is read before all of it is written.
    const COUNT: usize = 20_000;
    let mut child = start(&mut Command::new(echo()));
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let writer = thread::spawn(move || {
        writeln!(stdin, "{INIT}").unwrap();
        for id in 0..COUNT {
            writeln!(stdin, "{}", good(id)).unwrap();
        }
    });
    thread::sleep(std::time::Duration::from_millis(200));
    let reader = thread::spawn(move || {
        let mut all = String::new();
        stdout.read_to_string(&mut all).unwrap();
        all
    });
    assert_eq!(finish(child).code(), 0);
    writer.join().unwrap();
    assert_eq!(reader.join().unwrap().lines().count(), COUNT + 1);
}

#[test]
fn a_file_is_as_good_as_a_pipe() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("input"), folder.path().join("output"));
    let lines: Vec<String> = (0..5_000).map(good).collect();
    fs::write(&input, format!("{INIT}\n{}", lines.join("\n"))).unwrap();
    let child = Command::new(echo())
        .stdin(File::open(&input).unwrap())
        .stdout(File::create(&output).unwrap())
        .stderr(Stdio::piped())
        .spawn();
    let finished = finish(child.unwrap());
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
    let output = fs::read_to_string(&output).unwrap();
    assert_eq!(output.lines().count(), 5_001);
    assert!(output.ends_with("\"echo\":\"good 4999\"}}\n"));
}

#[test]
fn no_input_at_all_is_a_clean_end() {
    let child = Command::new(echo())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let finished = finish(child.unwrap());
    assert_eq!((finished.code(), finished.text()), (0, ""));
    assert_eq!(finished.stderr, "");
}

#[test]
fn a_last_line_without_an_end_is_answered() {
    let finished = run_echo(format!("{INIT}\n{}", good(5)));
    let last = finished.text().lines().last().unwrap();
    assert_answers(
        last,
        &Case::new(good(5), "c9", 5, Echo("good 5".to_owned())),
    );
    assert_eq!(finished.code(), 0);
}

#[test]
fn a_closed_stdout_ends_the_node_with_a_message_and_no_panic() {
    let mut child = start(&mut Command::new(echo()));
    drop(child.stdout.take());
    // The input stays open: it is not its end that ends the node.
    let mut stdin = child.stdin.take().unwrap();
    writeln!(stdin, "{INIT}").unwrap();
    let finished = finish(child);
    drop(stdin);
    assert_eq!(finished.code(), 1);
    assert!(finished.stderr.starts_with("mael: "), "{}", finished.stderr);
    assert_eq!(finished.stderr.lines().count(), 1, "{}", finished.stderr);
    assert!(!finished.stderr.contains("panic"), "{}", finished.stderr);
}

#[test]
fn a_closed_stderr_does_not_harm_a_node() {
    let mut child = start(&mut Command::new(echo()));
    drop(child.stderr.take());
    let mut stdin = child.stdin.take().unwrap();
    write!(stdin, "nonsense\n{INIT}\nnonsense\n{}\n", good(1)).unwrap();
    drop(stdin);
    let finished = finish(child);
    assert_eq!(finished.code(), 0);
    assert_eq!(finished.text().lines().count(), 2);
}

#[test]
fn messages_beyond_the_bound_before_init_are_dropped_and_reported() {
    const MORE: usize = 250;
    let mut input = String::new();
    for id in 0..EARLY_MESSAGES + MORE {
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
    let expected = (0..EARLY_MESSAGES).chain([77_777]);
    assert!(
        ids.iter()
            .eq(&expected.map(|id| id.to_string()).collect::<Vec<_>>())
    );
    assert!(
        finished
            .stderr
            .contains(&format!("dropped {MORE} messages")),
        "{}",
        finished.stderr
    );
    assert_eq!(finished.code(), 0);
}

#[test]
fn each_line_that_is_no_message_is_reported_on_stderr() {
    let finished = run_echo(format!("{INIT}\nnonsense\n[1]\n\n{{\"src\":7}}\n"));
    let lines: Vec<&str> = finished.stderr.lines().collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(lines[2].contains("`src`"), "{lines:?}");
}
