//! The keys of result maps: ours have those that the original's have, and the same kinds of
//! collections.

use std::collections::BTreeSet;

use mael_history::Value;

/// What the original has and ours have not. Of a valid key, one of its two searches for an order
/// tells where it ended, the other in which state; ours tells the state.
const LEFT_OUT: [&str; 2] = [
    ":results * :timeline",
    ":results * :linearizable :configs []",
];

/// What ours have beyond the original's: an order that explains a key, and the element of an
/// intermediate or aborted read of a register.
const BEYOND: [&str; 3] = [
    ":results * :linearizable :witness",
    ":anomalies :G1a [] :element",
    ":anomalies :G1b [] :element",
];

/// What differs between the keys of the original's result map and those of ours.
///
/// Of transactions, which anomalies are found depends on the search, and kafka names its anomalies
/// at the top: only those that both have are compared.
pub(crate) fn differences(recorded: &Value, ours: &Value) -> Vec<String> {
    let (theirs, ours) = (keys(recorded), keys(ours));
    let missing = theirs.difference(&ours);
    let missing = missing.filter(|path| !is_among(path, &LEFT_OUT) && is_comparable(path, &ours));
    let more = ours.difference(&theirs);
    let more = more.filter(|path| !is_among(path, &BEYOND) && is_comparable(path, &theirs));
    let missing = missing.map(|path| format!("key that ours lack: {path}"));
    missing
        .chain(more.map(|path| format!("key that only ours have: {path}")))
        .collect()
}

fn is_among(path: &str, prefixes: &[&str]) -> bool {
    prefixes.iter().any(|prefix| path.starts_with(prefix))
}

/// Whether the other result map has the anomaly that a path is about, if it is about one.
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

/// The paths to everything in a result map: keywords by name, other keys, which are data, as `*`,
/// items of lists as `[]`, of sets as `#{}`.
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
                // What an operation did is data.
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
