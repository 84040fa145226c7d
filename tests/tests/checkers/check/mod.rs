//! Tests `mael check`, which checks recorded histories from the command line.

mod coverage;
mod folders;
mod order;
mod pairs;
mod processes;
mod transactions;

use std::fs;
use std::path::Path;

use mael_tests::{Finished, mael};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A history in which an element is stable.
const STABLE: &str = "\
{:index 0, :time 1, :type :invoke, :process 0, :f :add, :value 7}
{:index 1, :time 2, :type :ok, :process 0, :f :add, :value 7}
{:index 2, :time 3, :type :invoke, :process 0, :f :read, :value nil}
{:index 3, :time 4, :type :ok, :process 0, :f :read, :value [7]}
";

/// The same history in JSON.
const STABLE_JSON: &str = r#"
{"index": 0, "time": 1, "type": "invoke", "process": 0, "f": "add", "value": 7}
{"index": 1, "time": 2, "type": "ok", "process": 0, "f": "add", "value": 7}
{"index": 2, "time": 3, "type": "invoke", "process": 0, "f": "read", "value": null}
{"index": 3, "time": 4, "type": "ok", "process": 0, "f": "read", "value": [7]}
"#;

/// Returns a history in which the element is lost.
fn lost() -> String {
    STABLE.replace("[7]", "[]")
}

/// A history without a read, whose verdict is unknown.
const NOTHING: &str = "[{:type :invoke, :process 0, :f :add, :value 1}]";

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn check(folder: &Path, args: &[&str]) -> Finished {
    mael(folder, &[&["check", "-w", "g-set"], args].concat())
}

fn results(finished: &Finished) -> Vec<Value> {
    let lines = finished.text().lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The output of `mael check` for one history: the exit status, the result map, and the report.
struct CheckOutput {
    code: i32,
    results: Value,
    text: String,
}

impl CheckOutput {
    /// Returns the numbers of judged, refused and unknown operations.
    fn counts(&self) -> [u64; 3] {
        let operations = &self.results["operations"];
        let counts = ["judged", "refused", "unknown"].map(|it| operations[it].as_u64().unwrap());
        assert_eq!(operations["read"], json!(counts.iter().sum::<u64>()));
        counts
    }

    fn last_line(&self) -> &str {
        self.text.lines().last().unwrap_or_default()
    }
}

/// Checks a history with and without `--json`.
fn run_check(workload: &str, history: &str) -> CheckOutput {
    let folder = folder(&[("history.txt", history)]);
    let args = ["check", "-w", workload, "--history", "history.txt"];
    let finished = mael(folder.path(), &args);
    let in_json = mael(folder.path(), &[&args[..], &["--json"]].concat());
    assert_eq!(finished.code(), in_json.code(), "{finished:?}");
    CheckOutput {
        code: finished.code(),
        results: results(&in_json).remove(0),
        text: finished.text().to_owned(),
    }
}

/// Returns the operations in JSON, one per line, as written by tools that have neither keywords nor
/// an `:index`.
fn to_json(edn: &str) -> String {
    let history = mael_history::History::from_edn(edn).unwrap();
    let lines = history.0.iter().map(|operation| {
        let mut operation = serde_json::to_value(operation).unwrap();
        operation.as_object_mut().unwrap().remove("index");
        operation.to_string()
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn one_history_is_reported_in_detail() {
    let lost = lost();
    let folder = folder(&[("a.edn", STABLE), ("b.edn", &lost), ("c.edn", NOTHING)]);
    for (file, code, last_line) in [
        ("a.edn", 0, "Everything looks good!"),
        ("b.edn", 1, "Analysis invalid!"),
        ("c.edn", 2, "no operation was judged"),
    ] {
        let finished = check(folder.path(), &["--history", file]);
        assert_eq!(finished.code(), code, "{finished:?}");
        let lines: Vec<&str> = finished.text().lines().collect();
        assert!(lines[0].starts_with(&format!("{file}: ")), "{lines:?}");
        assert_eq!(*lines.last().unwrap(), last_line);
        assert_eq!(lines.len() > 2, code != 0, "{lines:?}");
    }
}

#[test]
fn the_result_map_is_the_same_from_edn_and_from_json() {
    let folder = folder(&[("a.edn", STABLE), ("a.jsonl", STABLE_JSON)]);
    let finished = check(folder.path(), &["--json", "--history", "a.edn", "a.jsonl"]);
    assert_eq!(finished.code(), 0);
    let mut results = results(&finished);
    assert_eq!(results[0]["history"], "a.edn");
    assert_eq!(results[0]["valid?"], true);
    assert_eq!(results[0]["stable-count"], 1);
    results[1]["history"] = json!("a.edn");
    assert_eq!(results[0], results[1]);
}

#[test]
fn the_result_map_contains_the_reasons_of_invalid_and_unknown_verdicts() {
    let lost = lost();
    let folder = folder(&[("b.edn", &lost), ("c.edn", NOTHING)]);
    let args = ["--history", "b.edn", "--json", "--history", "c.edn"];
    let finished = check(folder.path(), &args);
    assert_eq!(finished.code(), 1);
    let results = results(&finished);
    assert_eq!(
        (&results[0]["valid?"], &results[0]["lost"]),
        (&json!(false), &json!([7]))
    );
    assert_eq!(results[1]["valid?"], "unknown");
}

#[test]
fn all_histories_below_a_folder_are_checked() {
    let lost = lost();
    let folder = folder(&[
        ("store/g-set/1/history.edn", STABLE),
        (
            "store/g-set/1/history.jsonl",
            "not read, because history.edn exists",
        ),
        ("store/g-set/1/results.edn", "{}"),
        ("store/g-set/2/history.jsonl", STABLE_JSON),
        ("store/g-set/3/history.edn", &lost),
    ]);
    std::os::unix::fs::symlink("g-set/1", folder.path().join("store/latest")).unwrap();
    let finished = check(folder.path(), &["--history", "store"]);
    assert_eq!(finished.code(), 1);
    let text = finished.text();
    let row = |run: &str| text.lines().rfind(|line| line.contains(run)).unwrap();
    assert!(row("g-set/1/history.edn").contains(" valid "), "{text}");
    assert!(row("g-set/2/history.jsonl").contains(" valid "), "{text}");
    assert!(row("g-set/3/history.edn").contains(" INVALID "), "{text}");
    assert!(text.contains("element 7 is lost"), "{text}");
    assert_eq!(text.matches("| store/").count(), 3, "{text}");
}

#[test]
fn an_unreadable_history_is_reported_with_its_position_and_others_are_checked() {
    let folder = folder(&[("a.edn", STABLE), ("bad.edn", "\n {:type :okay}")]);
    let finished = check(folder.path(), &["--history", "bad.edn"]);
    assert_eq!(finished.code(), 255);
    let error = "bad.edn is not a history: line 2, column 9: expected :invoke, :ok, :fail or :info, not :okay";
    assert!(finished.text().contains(error), "{finished:?}");
    let finished = check(folder.path(), &["--json", "--history", "bad.edn", "a.edn"]);
    assert_eq!(finished.code(), 255);
    let results = results(&finished);
    assert!(results[0]["error"].as_str().unwrap().contains(error));
    assert_eq!(results[1]["valid?"], true);
}

#[test]
fn invalid_arguments_are_one_line_errors() {
    let folder = folder(&[("a.edn", STABLE), ("empty/x.edn", STABLE)]);
    for (args, word) in [
        (&["-w", "g-set"] as &[&str], "--history"),
        (&["--history", "a.edn"], "--workload"),
        (&["-w", "bogus", "--history", "a.edn"], "bogus"),
        (&["-w", "g-set", "--history", "b.edn"], "b.edn"),
        (&["-w", "g-set", "--history", "empty"], "history.edn"),
        (
            &[
                "-w",
                "g-set",
                "--history",
                "a.edn",
                "--consistency-models",
                "bogus",
            ],
            "bogus",
        ),
        (
            &["-w", "g-set", "--history", "a.edn", "--rate", "1"],
            "--rate",
        ),
    ] {
        let finished = mael(folder.path(), &[&["check"], args].concat());
        assert_eq!(finished.code(), 254, "{finished:?}");
        assert_eq!(finished.stderr.lines().count(), 1, "{}", finished.stderr);
        assert!(finished.stderr.contains(word), "{}", finished.stderr);
    }
}
