//! Compares results of lin-kv: the validity of each key, and the operation that can't be
//! linearized.

use serde_json::{Value as Json, json};

use crate::conformance::corpus::{Case, Recorded, difference};

pub(crate) fn differences(_: &Case, recorded: &Recorded, ours: &Json) -> Vec<String> {
    let mut found = recorded.fields(ours, &["failures"]);
    let (whole, summary) = (recorded.get("results"), recorded.get("keys"));
    let theirs = if whole.is_null() { summary } else { whole };
    let outlines = (outline(theirs), outline(&ours["results"]));
    if outlines.0 != outlines.1 {
        found.push(difference("keys", &outlines.0, &outlines.1));
    }
    if !whole.is_null() {
        let stuck = (stuck(whole), stuck(&ours["results"]));
        if stuck.0 != stuck.1 {
            found.push(difference("op", &stuck.0, &stuck.1));
        }
    }
    found
}

/// The validity of each key.
fn outline(keys: &Json) -> Json {
    let keys = keys.as_object().into_iter().flatten();
    let valid = |verdict: &Json| verdict.get("valid").unwrap_or(&verdict["valid?"]).clone();
    keys.map(|(key, verdict)| (key.clone(), valid(verdict)))
        .collect()
}

/// For each invalid key, the operation that can't be linearized and the operations before it.
fn stuck(keys: &Json) -> Json {
    let keys = keys.as_object().into_iter().flatten();
    let invalid = keys.filter(|(_, verdict)| verdict["valid?"] == json!(false));
    let operations = ["op", "previous-ok", "last-op"];
    let of = |verdict: &Json| json!(operations.map(|it| &verdict["linearizable"][it]));
    invalid
        .map(|(key, verdict)| (key.clone(), of(verdict)))
        .collect()
}
