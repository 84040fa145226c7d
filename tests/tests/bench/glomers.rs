//! Tests `mael glomers` against programs of its user.

use std::fs;
use std::path::Path;
use std::process::Command;

use mael_tests::{Finished, mael_command, run};
use roxmltree::{Document, Node};
use serde_json::Value;
use tempfile::TempDir;

use crate::NODE;

/// The program of the reference nodes, which meet no mark on messages.
const REFERENCE: &str = env!("CARGO_BIN_EXE_reference");

/// The tests of a program, and the files that they leave.
struct Scored {
    folder: TempDir,
    finished: Finished,
    json: Value,
}

/// Runs these challenges against a program, for two seconds each.
fn glomers(only: &str, bin: &str, args: &[&str]) -> Scored {
    let folder = tempfile::tempdir().unwrap();
    let finished = run(mael_command(folder.path())
        .args(["glomers", "--time-limit", "2", "--only", only, "--bin", bin])
        .args(["--junit", "junit.xml", "--json", "glomers.json", "--"])
        .args(args));
    let json = fs::read_to_string(folder.path().join("glomers.json"));
    let json = serde_json::from_str(&json.expect("the file exists")).unwrap();
    Scored {
        folder,
        finished,
        json,
    }
}

impl Scored {
    fn path(&self, path: &str) -> std::path::PathBuf {
        self.folder.path().join(path)
    }

    fn junit(&self) -> String {
        fs::read_to_string(self.path("junit.xml")).unwrap()
    }

    /// Returns the row of the table that starts with this title, with its columns.
    fn row(&self, title: &str) -> Vec<&str> {
        let lines = self.finished.text().lines();
        let mut rows = lines.map(|line| line.split('|').map(str::trim).skip(1).collect());
        let row = rows.find(|row: &Vec<&str>| row.first() == Some(&title));
        row.unwrap_or_else(|| panic!("no {title} in {}", self.finished.text()))
    }
}

/// Returns the only element below `node` with this name.
fn element<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Node<'a, 'i> {
    let mut found = node.descendants().filter(|node| node.has_tag_name(name));
    let first = found.next().unwrap_or_else(|| panic!("there is no {name}"));
    assert!(found.next().is_none(), "there are several {name}");
    first
}

#[test]
fn a_failure_is_in_the_table_and_in_all_files() {
    let scored = glomers("1", NODE, &["markup"]);
    assert_eq!(scored.finished.code(), 1);
    assert_eq!(scored.row("1 echo")[1], "INVALID: wrong-echo");
    // Stdout is no terminal, so there is a line before the table.
    let first = scored.finished.text().lines().next().unwrap();
    assert!(
        first.starts_with("1 echo: INVALID: wrong-echo; "),
        "{first}"
    );

    let line = &scored.json["lines"][0];
    assert_eq!(scored.json["passed"], false);
    for (key, value) in [
        ("id", "1"),
        ("title", "1 echo"),
        ("workload", "echo"),
        ("program", NODE),
        ("verdict", "INVALID"),
        ("flags", "--node-count=1 --start-spread=0 --time-limit=2"),
    ] {
        assert_eq!(line[key], value, "{key}");
    }
    assert_eq!(
        (&line["valid"], &line["passed"]),
        (&false.into(), &false.into())
    );
    let store = line["store"].as_str().unwrap();
    assert!(scored.path(store).join("results.json").exists(), "{store}");

    let junit = scored.junit();
    let document = Document::parse(&junit).unwrap();
    let suite = element(document.root(), "testsuite");
    for (key, value) in [
        ("tests", "1"),
        ("failures", "1"),
        ("errors", "0"),
        ("skipped", "0"),
    ] {
        assert_eq!(suite.attribute(key), Some(value), "{key}");
    }
    let case = element(suite, "testcase");
    assert_eq!(case.attribute("name"), Some("1 echo"));
    let seconds: f64 = case.attribute("time").unwrap().parse().unwrap();
    assert!((0.5..20.0).contains(&seconds), "{seconds}");
    // What the node wrote is text, not elements.
    let failure = element(case, "failure");
    let message = failure.attribute("message").unwrap();
    assert!(
        message.contains("was answered with \"</script><script>"),
        "{message}"
    );
    assert_eq!(line["reason"], message);
    assert!(
        failure
            .text()
            .unwrap()
            .contains("</script><script>alert(1)")
    );
    assert!(failure.children().all(|node| node.is_text()));
    assert!(!junit.contains("<script>"));
}

#[test]
fn a_program_that_does_not_serve_a_workload_fails_its_test_only() {
    let scored = glomers("1,2", NODE, &["correct"]);
    assert_eq!(scored.finished.code(), 2);
    assert_eq!(scored.row("1 echo")[1], "valid");
    let verdict = scored.row("2 unique-ids, partition")[1];
    assert_eq!(verdict, "not judged: low-availability, nothing-succeeded");
    let lines = scored.json["lines"].as_array().unwrap();
    let passed: Vec<&Value> = lines.iter().map(|line| &line["passed"]).collect();
    assert_eq!(passed, [true, false]);
    let reason = lines[1]["reason"].as_str().unwrap();
    assert!(reason.contains("no `generate` succeeded"), "{reason}");
    let junit = scored.junit();
    let document = Document::parse(&junit).unwrap();
    let failure = element(document.root(), "failure");
    let case = failure.parent().unwrap();
    assert_eq!(case.attribute("name"), Some("2 unique-ids, partition"));
}

#[test]
fn a_program_that_crashes_is_an_error_of_its_test() {
    let scored = glomers("1", NODE, &["exit"]);
    assert_eq!(scored.finished.code(), 255);
    assert_eq!(scored.row("1 echo")[1], "run failed");
    let junit = scored.junit();
    let document = Document::parse(&junit).unwrap();
    let error = element(document.root(), "error");
    let message = error.attribute("message").unwrap();
    assert!(message.starts_with("node n0 failed: "), "{message}");
    let log = error.text().unwrap();
    assert!(log.contains("the last line of this node"), "{log}");
}

#[test]
fn a_missed_mark_fails_a_valid_run_and_is_shown_with_its_limit() {
    let scored = glomers("3d,3e", REFERENCE, &["broadcast"]);
    let lines = scored.json["lines"].as_array().unwrap();
    assert_eq!(lines.len(), 2, "each test runs once");
    for (line, limits) in lines
        .iter()
        .zip([[30.0, 400.0, 600.0], [20.0, 1000.0, 2000.0]])
    {
        let row = scored.row(line["title"].as_str().unwrap());
        assert_eq!((&line["valid"], row[1]), (&true.into(), "valid"));
        let marks = line["marks"].as_array().unwrap();
        let mut are_met = true;
        for (mark, limit) in marks.iter().zip(limits) {
            let measured = mark["measured"].as_f64().unwrap();
            assert_eq!(mark["limit"], limit);
            assert_eq!(mark["met"], measured < limit);
            are_met &= measured < limit;
        }
        assert_eq!((marks.len(), &line["passed"]), (3, &are_met.into()));
        assert!(row[5].ends_with(&format!(" of {}", limits[0])), "{row:?}");
        let verb = if are_met { "met by " } else { "MISSED by " };
        assert!(row[8].starts_with(verb), "{row:?}");
        let missed = scored.finished.text().contains(&format!(
            "{} misses a mark of its challenge: ",
            line["title"].as_str().unwrap()
        ));
        assert_eq!(missed, !are_met);
    }
    let passed = lines.iter().all(|line| line["passed"] == true);
    assert_eq!(scored.finished.code() == 0, passed);
}

#[test]
fn json_on_stdout_is_not_mixed_with_the_table() {
    let folder = tempfile::tempdir().unwrap();
    let args = [
        "--only",
        "1",
        "--time-limit",
        "1",
        "--bin",
        NODE,
        "--json",
        "-",
    ];
    let finished = run(mael_command(folder.path()).arg("glomers").args(args));
    let json: Value = serde_json::from_str(finished.text()).unwrap();
    assert_eq!((&json["passed"], finished.code()), (&true.into(), 0));
    assert!(finished.stderr.contains("| 1 echo"), "{}", finished.stderr);
}

#[test]
fn files_that_cannot_be_written_are_an_error_before_any_test() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["--only", "1", "--bin", NODE, "--junit", "no/folder.xml"];
    let finished = run(mael_command(folder.path()).arg("glomers").args(args));
    assert_eq!(finished.code(), 255);
    assert!(finished.stderr.contains("no/folder.xml"), "{finished:?}");
    assert!(!folder.path().join("store").exists());
}

#[test]
fn programs_in_any_language_can_be_tested() {
    if Command::new("python3").arg("--version").output().is_err() {
        eprintln!("skipped: there is no python3");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("echo.py");
    write_program(&path, ECHO);
    let scored = glomers("1", path.to_str().unwrap(), &[]);
    assert_eq!(scored.finished.code(), 0, "{:?}", scored.finished);
    assert_eq!(scored.row("1 echo")[1], "valid");
}

/// An echo node in Python.
const ECHO: &str = r#"#!/usr/bin/env python3
import json, sys
for line in sys.stdin:
    message = json.loads(line)
    body = message["body"]
    reply = dict(body, type=body["type"] + "_ok", in_reply_to=body["msg_id"])
    if body["type"] == "init":
        reply = {"type": "init_ok", "in_reply_to": body["msg_id"]}
    packet = {"src": message["dest"], "dest": message["src"], "body": reply}
    print(json.dumps(packet), flush=True)
"#;

/// Writes an executable file.
fn write_program(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;

    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}
