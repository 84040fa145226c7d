//! Compares results of unique-ids: the duplicate ids.

use serde_json::Value as Json;

use crate::conformance::corpus::{Case, Recorded};

pub(crate) fn differences(_: &Case, recorded: &Recorded, ours: &Json) -> Vec<String> {
    let names = [
        "attempted-count",
        "acknowledged-count",
        "duplicated-count",
        "duplicated",
        "range",
    ];
    recorded.fields(ours, &names)
}
