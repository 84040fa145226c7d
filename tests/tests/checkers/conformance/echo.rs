//! Compares results of echo: the wrong replies, in any order.

use serde_json::Value as Json;

use crate::conformance::corpus::{Case, Recorded, difference};

pub(crate) fn differences(_: &Case, recorded: &Recorded, ours: &Json) -> Vec<String> {
    let (theirs, ours) = (sorted(recorded.get("errors")), sorted(&ours["errors"]));
    if theirs == ours {
        Vec::new()
    } else {
        vec![difference("errors", &theirs, &ours)]
    }
}

fn sorted(errors: &Json) -> Json {
    let mut errors = errors.as_array().cloned().unwrap_or_default();
    errors.sort_by_key(Json::to_string);
    Json::Array(errors)
}
