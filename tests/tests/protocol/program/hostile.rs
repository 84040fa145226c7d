//! Tests that a node survives malformed lines, and replies to those that have an id.

use fastrand::Rng;

use crate::program::case::Answer::Error;
use crate::program::case::{assert_conversation, with_good_requests};
use crate::program::handwritten::handwritten;
use crate::program::random::{broken_line, random_case};
use crate::program::{INIT, run_echo};

#[test]
fn a_node_survives_malformed_lines_and_replies_to_each_as_expected() {
    let mut random = Rng::with_seed(2026);
    let mut cases = handwritten();
    while cases.len() < 1_000 {
        let case = match random.u8(..8) {
            0 => broken_line(&mut random),
            _ => random_case(&mut random),
        };
        // Only a case with a single mistake has a single correct reply.
        if case.answer != Error(12, "") {
            cases.push(case);
        }
    }
    assert_conversation(&with_good_requests(cases));
}

#[test]
fn a_key_that_is_not_valid_unicode_does_not_prevent_the_reply() {
    // JSON's grammar allows this: one half of a surrogate pair may be escaped.
    let body = r#"{"type":"echo","msg_id":3,"echo":"a","\ud800":1}"#;
    let finished = run_echo(format!(
        "{INIT}\n{{\"src\":\"c1\",\"dest\":\"n1\",\"body\":{body}}}\n"
    ));
    let replies: Vec<&str> = finished.text().lines().skip(1).collect();
    assert_eq!(replies.len(), 1, "{replies:?}\n{}", finished.stderr);
}

#[test]
fn each_malformed_line_is_logged_to_stderr() {
    let finished = run_echo(format!("{INIT}\nnonsense\n[1]\n\n{{\"src\":7}}\n"));
    let lines: Vec<&str> = finished.stderr.lines().collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(lines[2].contains("`src`"), "{lines:?}");
}
