//! Generates random lines.

use fastrand::Rng;

use crate::program::case::Answer::{Echo, Error, InitOk};
use crate::program::case::Case;
use crate::program::good;

/// Returns one of `choices`, or `None` with a probability of 1/8.
fn draw(random: &mut Rng, choices: &[&str]) -> Option<String> {
    (random.u8(..8) > 0).then(|| choices[random.usize(..choices.len())].to_owned())
}

/// Returns an object with the fields that have a value, in random order, with random white space.
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

/// Returns a random message and the expected reply.
pub(crate) fn random_case(random: &mut Rng) -> Case {
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
    let wants_reply = is_object && reply_to.is_none_or(|reply_to| reply_to == "null");
    let (Some(src), Some(id), true) = (string(&src), id.filter(integer), wants_reply) else {
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
                // With two mistakes, the order of the fields determines which one is reported.
                _ => Error(12, ""),
            }
        }
        (_, Some(_)) => Error(10, "type"),
    };
    Case::new(line, src, id, answer)
}

/// A valid line of which a part is missing, duplicated, or followed by bytes that are not UTF-8.
pub(crate) fn broken_line(random: &mut Rng) -> Case {
    let mut line = good(random.usize(..1000)).into_bytes();
    let at = random.usize(1..line.len());
    match random.u8(..3) {
        0 => line.truncate(at),
        1 => line.extend_from_slice(&line.clone()[at..]),
        _ => line = [&line[..at], b"\xf0\x9f", &line[at..]].concat(),
    }
    Case::silent(line)
}
