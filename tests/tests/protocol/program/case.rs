//! A line of input and the expected reply.

use std::collections::BTreeMap;

use mael::protocol::RawValue;
use mael_tests::Finished;

use crate::program::{INIT, good, run_echo};
use Answer::{Echo, Error, InitOk, Nothing};

/// The expected reply to a line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    Nothing,
    InitOk,
    Echo(String),
    /// An error with this code, whose text names this field.
    Error(i64, &'static str),
}

/// A line, and the expected reply with its destination.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) line: Vec<u8>,
    pub(crate) src: String,
    pub(crate) id: String,
    pub(crate) answer: Answer,
}

impl Case {
    pub(crate) fn new(
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

    /// A line without a reply.
    pub(crate) fn silent(line: impl Into<Vec<u8>>) -> Self {
        Self::new(line, "", "", Nothing)
    }

    /// A message from `c1` to `n1` with this body, in which `msg_id` is `id`.
    pub(crate) fn body(body: &str, id: impl ToString, answer: Answer) -> Self {
        let line = format!(r#"{{"src":"c1","dest":"n1","body":{body}}}"#);
        Self::new(line, "c1", id, answer)
    }
}

pub(crate) type Object = BTreeMap<String, Box<RawValue>>;

pub(crate) fn object(json: &str) -> Object {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"))
}

pub(crate) fn text(object: &Object, key: &str) -> String {
    let json = object.get(key).unwrap_or_else(|| panic!("no {key}"));
    serde_json::from_str(json.get()).unwrap()
}

/// Asserts that a line of output is the expected reply to this case.
pub(crate) fn assert_answers(line: &str, case: &Case) {
    let input = &case.line[..case.line.len().min(300)];
    let input = String::from_utf8_lossy(input);
    let message = object(line);
    assert_eq!(text(&message, "src"), "n1", "the sender of {line}");
    assert_eq!(text(&message, "dest"), case.src, "{line}\nanswers {input}");
    let body = object(message["body"].get());
    let id = body["in_reply_to"].get();
    assert_eq!(id, case.id, "{line}\nanswers {input}");
    let kind = text(&body, "type");
    match &case.answer {
        Nothing => panic!("{input}\nwas answered with {line}"),
        InitOk => assert_eq!(kind, "init_ok", "{input}"),
        Echo(echo) => {
            assert_eq!(kind, "echo_ok", "{input}\nwas answered with {line}");
            assert!(text(&body, "echo") == *echo, "{input}");
        }
        Error(code, field) => {
            assert_eq!(kind, "error", "{input}\nwas answered with {line}");
            assert_eq!(body["code"].get(), code.to_string(), "{input}\n{line}");
            let error = text(&body, "text");
            assert!(error.contains(&format!("`{field}`")), "{input}\n{error}");
            assert!(error.len() < 10_000, "the error repeats {input}");
        }
    }
}

/// Runs the node with these lines as input and asserts that it sends the expected replies in order.
pub(crate) fn assert_conversation(cases: &[Case]) -> Finished {
    let mut input = Vec::new();
    for case in cases {
        input.extend_from_slice(&case.line);
        input.push(b'\n');
    }
    let finished = run_echo(input);
    let mut lines = finished.text().lines();
    for case in cases.iter().filter(|case| case.answer != Nothing) {
        let input = String::from_utf8_lossy(&case.line[..case.line.len().min(300)]);
        let line = lines
            .next()
            .unwrap_or_else(|| panic!("no reply to {input}\n{}", finished.stderr));
        assert_answers(line, case);
    }
    assert_eq!(lines.next(), None, "an unexpected reply");
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
    assert!(!finished.stderr.contains("panicked"), "{}", finished.stderr);
    finished
}

/// Puts an `init` before the cases, and a valid request after each case.
pub(crate) fn with_good_requests(cases: impl IntoIterator<Item = Case>) -> Vec<Case> {
    let mut all = vec![Case::new(INIT, "c0", 1, InitOk)];
    for (id, case) in cases.into_iter().enumerate() {
        all.push(case);
        let echo = Echo(format!("good {id}"));
        all.push(Case::new(good(id), "c9", id, echo));
    }
    all
}
