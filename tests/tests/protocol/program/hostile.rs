//! Lines that are no right request do no harm, and those that can be answered are.

use fastrand::Rng;

use crate::program::case::Answer::Error;
use crate::program::case::{assert_conversation, with_good_requests};
use crate::program::handwritten::handwritten;
use crate::program::random::{broken_line, random_case};
use crate::program::{INIT, run_echo};

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
fn each_line_that_is_no_message_is_reported_on_stderr() {
    let finished = run_echo(format!("{INIT}\nnonsense\n[1]\n\n{{\"src\":7}}\n"));
    let lines: Vec<&str> = finished.stderr.lines().collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(lines[2].contains("`src`"), "{lines:?}");
}
