//! Tests the findings of stricter checks on the command line: the last line, the exit status, and
//! the results.

use std::fs;
use std::path::Path;

use mael_tests::{Finished, binary, mael};
use tempfile::TempDir;

use crate::stricter::histories;

/// A folder with a history that has the finding `garbage-read`, in EDN and in JSON, and one without
/// findings.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let case = histories::CASES
        .iter()
        .find(|case| case.workload == "g-set" && case.finding == Some("garbage-read"));
    let edn = case.unwrap().edn();
    let history = mael_history::History::from_edn(&edn).unwrap();
    fs::write(folder.path().join("garbage.edn"), &edn).unwrap();
    let json = histories::json(&history);
    fs::write(folder.path().join("garbage.jsonl"), json).unwrap();
    let no_findings = edn.replace(" \"1\"]", "]");
    fs::write(folder.path().join("no-findings.edn"), no_findings).unwrap();
    folder
}

fn last_line(finished: &Finished) -> &str {
    finished.text().lines().last().unwrap_or_default()
}

#[test]
fn a_history_with_findings_is_valid_and_fails_strict_checks() {
    let folder = folder();
    for file in ["garbage.edn", "garbage.jsonl"] {
        let check = ["check", "-w", "g-set", "--history", file];
        let finished = mael(folder.path(), &check);
        assert_eq!(finished.code(), 0, "{finished:?}");
        assert_eq!(
            last_line(&finished),
            "valid, but stricter checks found 1 garbage-read"
        );
        let finished = mael(folder.path(), &[&check[..], &["--strict"]].concat());
        assert_eq!(finished.code(), 1, "{finished:?}");
        assert!(
            last_line(&finished).starts_with("valid, but stricter checks found 1 garbage-read, ")
        );
        let finished = mael(folder.path(), &[&check[..], &["--strict=false"]].concat());
        assert_eq!(finished.code(), 0, "{finished:?}");
        let finished = mael(
            folder.path(),
            &[&check[..], &["--strict", "--json"]].concat(),
        );
        assert_eq!(finished.code(), 1);
        let results: serde_json::Value = serde_json::from_str(finished.text()).unwrap();
        assert_eq!(results["valid?"], true);
        assert_eq!(results["stricter"]["garbage-read"]["count"], 1);
        let example = &results["stricter"]["garbage-read"]["errs"][0];
        assert_eq!(
            (&example["element"], &example["op"]["index"]),
            (&"1".into(), &3.into())
        );
    }
}

#[test]
fn a_history_without_findings_passes_strict_checks() {
    let folder = folder();
    let check = [
        "check",
        "-w",
        "g-set",
        "--strict",
        "--history",
        "no-findings.edn",
    ];
    let finished = mael(folder.path(), &check);
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert_eq!(last_line(&finished), "Everything looks good!");
}

#[test]
fn the_table_of_several_histories_shows_findings() {
    let folder = folder();
    let args = "check -w g-set --history no-findings.edn garbage.edn";
    let args: Vec<&str> = args.split(' ').collect();
    let finished = mael(folder.path(), &args);
    assert_eq!(finished.code(), 0, "{finished:?}");
    let rows: Vec<&str> = finished
        .text()
        .lines()
        .filter(|it| it.starts_with('|'))
        .collect();
    let row = |file: &str| rows.iter().find(|row| row.contains(file)).unwrap();
    assert!(row("no-findings.edn").contains(" valid "), "{rows:?}");
    assert!(row("garbage.edn").contains(" valid, but "), "{rows:?}");
    assert!(row("garbage.edn").contains(" 1 garbage-read "), "{rows:?}");
    let strict = mael(folder.path(), &[&args[..], &["--strict"]].concat());
    assert_eq!(strict.code(), 1);
}

/// Runs a test of the g-set reference node whose reads contain elements that were never added.
fn test(folder: &Path, strict: &[&str]) -> Finished {
    let bin = binary("reference");
    let args = "test -w g-set --node-count 1 --rate 30 --time-limit 2 --recovery 0.1 --bin";
    let args: Vec<&str> = args.split(' ').collect();
    let node = ["--", "g-set", "--bug", "invents"];
    mael(
        folder,
        &[&args[..], &[bin.to_str().unwrap()], strict, &node].concat(),
    )
}

#[test]
fn a_stored_run_contains_its_findings() {
    let folder = tempfile::tempdir().unwrap();
    let finished = test(folder.path(), &[]);
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert!(
        last_line(&finished).starts_with("valid, but stricter checks found "),
        "{finished:?}"
    );
    let read =
        |name: &str| fs::read_to_string(folder.path().join("store/latest").join(name)).unwrap();
    for stored in [read("results.edn"), read("results.json")] {
        assert!(
            stored.contains("stricter") && stored.contains("garbage-read"),
            "{stored}"
        );
    }
    for (args, code) in [
        (&["analyze"] as &[&str], 0),
        (&["analyze", "--strict"], 1),
        (&["analyze", "--strict=false"], 0),
    ] {
        let again = mael(folder.path(), args);
        assert_eq!(again.code(), code, "{again:?}");
        assert!(last_line(&again).starts_with("valid, but "), "{again:?}");
        assert!(read("results.edn").contains("garbage-read"));
    }
}

#[test]
fn a_strict_test_fails_and_analyze_is_strict_only_with_the_flag() {
    let folder = tempfile::tempdir().unwrap();
    let finished = test(folder.path(), &["--strict"]);
    assert_eq!(finished.code(), 1, "{finished:?}");
    assert!(
        last_line(&finished).starts_with("valid, but "),
        "{finished:?}"
    );
    assert_eq!(mael(folder.path(), &["analyze"]).code(), 0);
}
