//! Tests the files that a run stores, and that they are readable even if the workbench is killed.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use mael_history::{History, Kind, Value};
use mael_tests::{WATCHDOG, mael, mael_command};
use serde_json::Value as Json;

use crate::{NODE, echo_test};

/// Runs a test of one second with these flags and the misbehaving node in this mode.
fn test(folder: &Path, flags: &[&str], mode: &str) -> i32 {
    let args = [&["--rate", "50"], flags, &["--node-count", "1", mode]].concat();
    mael(folder, &echo_test(NODE, &args)).code()
}

fn read(folder: &Path, name: &str) -> String {
    let path = folder.join("store/current").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn json_lines(text: &str) -> Vec<Json> {
    assert!(text.is_empty() || text.ends_with('\n'));
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn edn_and_json_files_are_equivalent() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(test(folder.path(), &["--seed", "1"], "wrong-text"), 1);
    let results: Json = serde_json::from_str(&read(folder.path(), "results.json")).unwrap();
    let from_edn = Value::from_edn(&read(folder.path(), "results.edn")).unwrap();
    assert_eq!(from_edn.get("valid?"), Some(&Value::Bool(false)));
    assert_eq!(serde_json::to_value(from_edn).unwrap(), results);

    let edn = read(folder.path(), "history.edn");
    let json = read(folder.path(), "history.jsonl");
    assert!(edn.lines().count() > 20);
    let history = History::from_edn(&edn).unwrap();
    for (operation, line) in history.0.iter().zip(json.lines()) {
        assert_eq!(serde_json::to_string(operation).unwrap(), line);
    }
    assert_eq!(History::from_json(&json).unwrap().0.len(), history.0.len());
    let first = edn.lines().next().unwrap();
    assert!(first.starts_with("{:index 0, :time "), "{first}");
    assert!(
        first.contains(", :type :invoke, :process 0, :f :echo, :value \"Please echo "),
        "{first}"
    );
}

#[test]
fn the_log_contains_the_command_the_faults_and_the_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let flags = [
        "--seed",
        "7",
        "--nemesis",
        "pause",
        "--nemesis-interval",
        "0.1",
    ];
    assert_eq!(test(folder.path(), &flags, "correct"), 0);
    let log = read(folder.path(), "mael.log");
    let first = log.lines().next().unwrap();
    let (time, command) = first.split_once(' ').unwrap();
    assert_eq!(time.len(), "2026-01-01T00:00:00.000+00:00".len(), "{first}");
    assert!(
        command.starts_with("mael test --workload=echo --bin="),
        "{first}"
    );
    assert!(
        command.contains(" --seed=7 ") && command.ends_with(" -- correct"),
        "{first}"
    );
    assert!(log.contains("nemesis: pause "), "{log}");
    assert!(log.trim_end().ends_with(" Everything looks good!"), "{log}");
}

#[test]
fn flags_make_the_log_json_and_add_messages_and_stderr_of_nodes() {
    let folder = tempfile::tempdir().unwrap();
    let flags = [
        "--logging-json",
        "--log-net-send",
        "--log-net-recv",
        "--log-stderr",
    ];
    assert_eq!(test(folder.path(), &flags, "arguments"), 0);
    let lines = json_lines(&read(folder.path(), "mael.log"));
    let has = |start: &str| {
        let text = |line: &Json| line["text"].as_str().unwrap().starts_with(start);
        lines.iter().any(text)
    };
    assert!(has("Send 0 c") && has("Recv 0 c"), "{lines:?}");
    assert!(has("n0: arguments: "), "{lines:?}");
    assert!(lines.iter().all(|line| line["time"].is_string()));
}

#[test]
fn a_killed_run_leaves_readable_files() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["--time-limit", "60", "--rate", "200", "--node-count", "1"];
    let mut bench = mael_command(folder.path())
        .args(echo_test(NODE, &args))
        .arg("correct")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let history = folder.path().join("store/current/history.edn");
    let started = Instant::now();
    let lines = || fs::read_to_string(&history).map_or(0, |text| text.lines().count());
    while lines() < 100 {
        assert!(started.elapsed() < WATCHDOG, "nothing is recorded");
        thread::sleep(Duration::from_millis(20));
    }
    bench.kill().unwrap();
    bench.wait().unwrap();

    let edn = History::read(&history).unwrap();
    let ok = edn.completions().filter(|end| end.kind == Kind::Ok).count();
    assert!(ok > 40, "{ok}");
    assert!(json_lines(&read(folder.path(), "history.jsonl")).len() > 50);
    assert!(json_lines(&read(folder.path(), "net-journal.jsonl")).len() > 50);
    let test: Json = serde_json::from_str(&read(folder.path(), "test.json")).unwrap();
    assert_eq!(test["workload"], "echo");
    assert!(read(folder.path(), "mael.log").contains(" mael test "));
    assert!(
        folder
            .path()
            .join("store/current/node-logs/n0.log")
            .is_file()
    );
    assert!(!folder.path().join("store/latest").exists());
    let checked = mael(
        folder.path(),
        &["check", "-w", "echo", "--history", "store"],
    );
    assert_eq!(checked.code(), 0, "{checked:?}");
}

#[test]
fn leave_db_running_does_not_kill_the_nodes() {
    let folder = tempfile::tempdir().unwrap();
    let marker = folder.path().join("ended");
    let script = folder.path().join("node.sh");
    // A node that writes a file after its input has ended.
    let text = format!(
        "#!/bin/sh\n{NODE} correct\necho ended > {}\n",
        marker.display()
    );
    fs::write(&script, text).unwrap();
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&script, executable).unwrap();
    let run = |flags: &[&str]| {
        let args = [flags, &["--node-count", "1"]].concat();
        let finished = mael(folder.path(), &echo_test("./node.sh", &args));
        assert_eq!(finished.code(), 0, "{finished:?}");
    };
    run(&[]);
    thread::sleep(Duration::from_millis(200));
    assert!(!marker.exists(), "the node was not killed");
    run(&["--leave-db-running"]);
    let started = Instant::now();
    while !marker.exists() {
        assert!(
            started.elapsed() < WATCHDOG,
            "the node did not end by itself"
        );
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn analyze_checks_a_stored_run_again() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(test(folder.path(), &["--seed", "1"], "wrong-text"), 1);
    let first = fs::canonicalize(folder.path().join("store/current")).unwrap();
    let results = fs::read_to_string(first.join("results.json")).unwrap();
    let flags = ["--availability", "0.5", "--node", "a, b"];
    assert_eq!(test(folder.path(), &flags, "correct"), 0);
    let newest = fs::canonicalize(folder.path().join("store/current")).unwrap();

    fs::remove_file(first.join("results.json")).unwrap();
    let first = first.to_str().unwrap();
    for args in [&["-t", "0"] as &[&str], &["--test", "-2"], &["-t", first]] {
        let analyzed = mael(folder.path(), &[&["analyze"], args].concat());
        assert_eq!(analyzed.code(), 1, "{analyzed:?}");
        assert!(analyzed.text().contains("seed: 1, store: "), "{analyzed:?}");
        assert!(
            analyzed.text().trim_end().ends_with("Analysis invalid!"),
            "{analyzed:?}"
        );
        let again = fs::read_to_string(Path::new(first).join("results.json")).unwrap();
        assert_eq!(again, results);
    }

    // The newest run requires an availability.
    let path = newest.join("test.json");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("--availability=0.5"), "{text}");
    assert_eq!(mael(folder.path(), &["analyze"]).code(), 0);
    let history = newest.join("history.edn");
    let without_end = fs::read_to_string(&history)
        .unwrap()
        .replace(":type :ok", ":type :info");
    fs::write(&history, without_end).unwrap();
    assert_eq!(mael(folder.path(), &["analyze"]).code(), 1);

    for args in [["-t", "2"], ["-t", "-3"], ["-t", "nowhere"]] {
        let finished = mael(folder.path(), &[&["analyze"], &args as &[&str]].concat());
        assert_eq!(finished.code(), 254, "{finished:?}");
        assert_eq!(finished.stderr.lines().count(), 1, "{finished:?}");
    }
}

#[test]
fn analyze_reports_the_error_of_a_failed_run() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(test(folder.path(), &[], "exit"), 255);
    for _ in 0..2 {
        let results: Json = serde_json::from_str(&read(folder.path(), "results.json")).unwrap();
        assert_eq!(results["valid?"], "unknown");
        let error = results["error"].as_str().unwrap();
        assert!(error.starts_with("node n0 failed: "), "{error}");
        let again = mael(folder.path(), &["analyze"]);
        assert_eq!(again.code(), 255, "{again:?}");
        assert!(again.text().contains(error), "{again:?}");
    }
}

#[test]
fn each_key_of_lin_kv_has_its_own_files() {
    let folder = tempfile::tempdir().unwrap();
    let node = env!("CARGO_BIN_EXE_reference");
    let flags = "--node-count 1 --concurrency 2 --time-limit 1 --rate 50 -- lin-kv";
    let args: Vec<&str> = ["test", "-w", "lin-kv", "--bin", node]
        .into_iter()
        .chain(flags.split(' '))
        .collect();
    mael(folder.path(), &args);
    let results = Value::from_edn(&read(folder.path(), "independent/0/results.edn")).unwrap();
    assert_eq!(results.get("valid?"), Some(&Value::Bool(true)));
    let history = History::from_edn(&read(folder.path(), "independent/0/history.edn")).unwrap();
    let all = History::from_edn(&read(folder.path(), "history.edn")).unwrap();
    assert_eq!(history.0.len(), all.0.len());
    assert!(history.0.iter().all(|operation| operation.f != "read"
        || operation.kind != Kind::Invoke
        || operation.value == Value::Nil));
}
