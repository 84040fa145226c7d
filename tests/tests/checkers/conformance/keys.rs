//! Compares the keys of result maps: ours have the keys of Maelstrom's, and the same types of
//! collections.

use std::collections::BTreeSet;

use mael_history::Value;

/// Keys that only Maelstrom has. For a valid key, one of its two search algorithms reports the
/// configurations in which it ended, the other one the final state; ours reports the state.
const LEFT_OUT: [&str; 2] = [
    ":results * :timeline",
    ":results * :linearizable :configs []",
];

/// Keys that only ours have: an order that explains a key, and the element of an intermediate or
/// aborted read of a register.
const BEYOND: [&str; 3] = [
    ":results * :linearizable :witness",
    ":anomalies :G1a [] :element",
    ":anomalies :G1b [] :element",
];

/// Returns the differences between the keys of Maelstrom's result map and ours.
///
/// In transactional workloads the anomalies that are found depend on the search, and kafka lists
/// its anomalies at the top level. Only anomalies that both have are compared.
pub(crate) fn differences(recorded: &Value, ours: &Value) -> Vec<String> {
    let (theirs, ours) = (keys(recorded), keys(ours));
    let missing = theirs.difference(&ours);
    let missing = missing.filter(|path| !is_among(path, &LEFT_OUT) && is_comparable(path, &ours));
    let more = ours.difference(&theirs);
    let more = more.filter(|path| !is_among(path, &BEYOND) && is_comparable(path, &theirs));
    let missing = missing.map(|path| format!("key missing from our results: {path}"));
    missing
        .chain(more.map(|path| format!("key that only ours has: {path}")))
        .collect()
}

fn is_among(path: &str, prefixes: &[&str]) -> bool {
    prefixes.iter().any(|prefix| path.starts_with(prefix))
}

/// Returns true if a path does not belong to an anomaly, or the other result map has that anomaly
/// too.
fn is_comparable(path: &str, other: &BTreeSet<String>) -> bool {
    let Some(anomaly) = path.strip_prefix(":anomalies ") else {
        return !path.starts_with(":stricter");
    };
    let anomaly = anomaly.split(' ').next().unwrap_or_default();
    is_in(other, &format!(":anomalies {anomaly} "))
}

fn is_in(paths: &BTreeSet<String>, prefix: &str) -> bool {
    paths.iter().any(|path| path.starts_with(prefix))
}

/// Returns the paths of all values in a result map: keywords by name, other keys, which are data,
/// as `*`, items of lists as `[]`, and items of sets as `#{}`.
fn keys(results: &Value) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    collect(results, String::new(), &mut paths);
    paths
}

fn collect(value: &Value, path: String, paths: &mut BTreeSet<String>) {
    match value {
        Value::Map(entries) => {
            for (key, value) in entries {
                let key = match key {
                    Value::Keyword(name) => format!(":{name}"),
                    _ => "*".to_owned(),
                };
                // The value of an operation is arbitrary, so its keys are not compared.
                let value = if key == ":value" { &Value::Nil } else { value };
                collect(
                    value,
                    format!("{path} {key}").trim_start().to_owned(),
                    paths,
                );
            }
        }
        Value::List(_) | Value::Set(_) => {
            let item = if matches!(value, Value::List(_)) {
                "[]"
            } else {
                "#{}"
            };
            for value in value.items() {
                collect(value, format!("{path} {item}"), paths);
            }
        }
        _ => {}
    }
    paths.insert(path);
}
