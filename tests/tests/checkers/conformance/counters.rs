//! Compares results of g-counter and pn-counter: the final reads and the acceptable values.

use serde_json::{Value as Json, json};

use crate::conformance::corpus::{Case, Recorded, difference};

pub(crate) fn differences(_: &Case, recorded: &Recorded, ours: &Json) -> Vec<String> {
    let mut found = recorded.fields(ours, &["final-reads", "acceptable"]);
    let (theirs, ours) = (outline(recorded.get("errors")), outline(&ours["errors"]));
    if theirs != ours {
        found.push(difference("errors", &theirs, &ours));
    }
    found
}

/// The main fields of the wrong reads.
fn outline(errors: &Json) -> Json {
    let reads = errors.as_array().into_iter().flatten();
    reads
        .map(|read| json!([read["index"], read["process"], read["value"]]))
        .collect()
}
