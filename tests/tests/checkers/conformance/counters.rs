//! g-counter and pn-counter: what was read in the end, and what could have been.

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

/// The reads that were wrong, by their main fields.
fn outline(errors: &Json) -> Json {
    let reads = errors.as_array().into_iter().flatten();
    reads
        .map(|read| json!([read["index"], read["process"], read["value"]]))
        .collect()
}
