//! Compares results of broadcast and g-set: each count and each list of elements.

use serde_json::{Value as Json, json};

use crate::conformance::corpus::{Case, Recorded, difference};

pub(crate) fn differences(_: &Case, recorded: &Recorded, ours: &Json) -> Vec<String> {
    let names = [
        "attempt-count",
        "stable-count",
        "lost-count",
        "never-read-count",
        "stale-count",
        "duplicated-count",
        "duplicated",
        "lost",
        "never-read",
        "stale",
        "stable-latencies",
        "lost-latencies",
    ];
    let mut found = recorded.fields(ours, &names);
    let whole = recorded.get("worst-stale");
    if whole[0]["known"].is_object() && *whole != ours["worst-stale"] {
        found.push(difference("worst-stale", whole, &ours["worst-stale"]));
    }
    let worst =
        |listed: &Json| -> Json { listed.as_array().unwrap().iter().map(outline).collect() };
    let (theirs, ours) = (worst(whole), worst(&ours["worst-stale"]));
    if theirs != ours {
        found.push(difference("worst-stale", &theirs, &ours));
    }
    found
}

/// The fields of a stale element that both kinds of recordings have.
fn outline(element: &Json) -> Json {
    let either = |whole: &str, outlined: &str| {
        let index = element
            .get(outlined)
            .unwrap_or_else(|| &element[whole]["index"]);
        index.clone()
    };
    let latency = element
        .get("stable_latency")
        .unwrap_or_else(|| &element["stable-latency"]);
    json!([
        element["element"],
        element["outcome"],
        latency,
        either("known", "known_index"),
        either("last-absent", "last_absent_index"),
    ])
}
