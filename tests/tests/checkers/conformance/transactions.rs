//! Compares results of transactional workloads: the verdict under each of six models, the counts of
//! anomalies that are found without a search, and the models that are ruled out if no cycle was
//! found.
//!
//! The cycles that are found depend on the search, which Maelstrom stops after a second, so only
//! their consequences for the models are compared.

use serde_json::{Value as Json, json};

use crate::conformance::corpus::{Case, Recorded, difference};

/// Anomalies that are found without a search, so their counts are deterministic.
const COUNTED: [&str; 8] = [
    "G1a",
    "G1b",
    "internal",
    "lost-update",
    "dirty-update",
    "duplicate-elements",
    "incompatible-order",
    "future-read",
];

pub(crate) fn differences(case: &Case, recorded: &Recorded, ours: &Json) -> Vec<String> {
    let mut found = Vec::new();
    let counts = &recorded.summary()["anomaly_counts"];
    for anomaly in COUNTED {
        let theirs = counts.get(anomaly).cloned().unwrap_or(json!(0));
        let cases = ours["anomalies"][anomaly].as_array();
        let count = json!(cases.map_or(0, Vec::len));
        if theirs != count {
            found.push(difference(anomaly, &theirs, &count));
        }
    }
    let types = |verdict: &Json| verdict.as_array().cloned().unwrap_or_default();
    let mut all = types(&recorded.summary()["anomaly_types"]);
    all.extend(types(&ours["anomaly-types"]));
    if !all.iter().any(is_cycle) {
        for name in ["not", "also-not"] {
            let theirs = &recorded.summary()[name.replace('-', "_")];
            // The field is missing in our results and empty in Maelstrom's if the history is valid.
            if *theirs != ours[name] && !(types(theirs).is_empty() && ours[name].is_null()) {
                found.push(difference(name, theirs, &ours[name]));
            }
        }
    }
    found.extend(by_model(case, recorded));
    found
}

/// Checks the history again under each model.
fn by_model(case: &Case, recorded: &Recorded) -> Vec<String> {
    let mut found = Vec::new();
    let verdicts = recorded.summary()["valid_by_model"].as_object();
    for (model, theirs) in verdicts.into_iter().flatten() {
        let mut test = case.test.clone();
        test.consistency_models = vec![model.clone()];
        let ours = &case.check(&test)["valid?"];
        if ours != theirs {
            found.push(difference(&format!("valid? under {model}"), theirs, ours));
        }
    }
    found
}

/// Returns true if an anomaly is a cycle, or reports that one exists.
fn is_cycle(anomaly: &Json) -> bool {
    let name = anomaly.as_str().unwrap_or_default();
    let cycles = ["G0", "G1c", "G-", "G2", "cycle-search"];
    cycles.iter().any(|cycle| name.starts_with(cycle)) || name.ends_with("-cycle-exists")
}
