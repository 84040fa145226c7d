//! Compares results of kafka: the anomalies, their counts, and the fields that are only
//! informative.

use mael_history::Value;
use serde_json::{Value as Json, json};

use crate::conformance::corpus::{Case, Recorded, difference};

pub(crate) fn differences(_: &Case, recorded: &Recorded, ours: &Json) -> Vec<String> {
    let mut found = recorded.fields(ours, &["bad-error-types", "error-types", "unseen"]);
    let mut compare = |name: &str, recorded: Json, ours: Json| {
        if recorded != ours {
            found.push(difference(name, &recorded, &ours));
        }
    };
    for (anomaly, count) in recorded.get("counts").as_object().into_iter().flatten() {
        compare(anomaly, count.clone(), ours[anomaly]["count"].clone());
    }
    // Whether a cycle exists does not depend on the search.
    let existence = recorded.get("strong-PL-2-cycle-exists");
    if !existence.is_null() {
        let ours = ours["strong-PL-2-cycle-exists"].clone();
        compare("strong-PL-2-cycle-exists", existence.clone(), ours);
    }
    let causes = recorded.get("info-txn-causes").as_array().into_iter();
    let causes: Vec<Json> = causes.flatten().map(cause).collect();
    compare(
        "info-txn-causes",
        causes.into(),
        ours["info-txn-causes"].clone(),
    );
    let lag = recorded.get("worst-realtime-lag");
    compare(
        "worst-realtime-lag",
        outline(lag),
        outline(&ours["worst-realtime-lag"]),
    );
    found
}

/// Returns an error as JSON; some were recorded as EDN in a string.
fn cause(recorded: &Json) -> Json {
    let text = recorded
        .as_str()
        .and_then(|text| Value::from_edn(text).ok());
    text.map_or_else(|| recorded.clone(), |cause| json!(cause))
}

/// All fields of a lag; null if missing.
fn outline(lag: &Json) -> Json {
    ["time", "process", "key", "lag"]
        .map(|name| lag[name].clone())
        .into_iter()
        .collect()
}
