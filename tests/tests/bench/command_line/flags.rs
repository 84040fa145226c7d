//! Tests the effects of valid flags.

use std::fs;

use mael_tests::mael;
use serde_json::Value;
use tempfile::TempDir;

use crate::command_line::run_mael;
use crate::{NODE, echo_test};

/// Runs a short test with these flags. Returns its folder and the stored `test.json`.
fn stored(flags: &[&str]) -> (TempDir, Value) {
    let folder = tempfile::tempdir().unwrap();
    let finished = mael(folder.path(), &echo_test(NODE, flags));
    assert!(finished.code() <= 1, "{finished:?}");
    let test = fs::read_to_string(folder.path().join("store/latest/test.json")).unwrap();
    let test = serde_json::from_str(&test).unwrap();
    (folder, test)
}

#[test]
fn the_last_occurrence_of_a_flag_counts_in_either_form() {
    let (_folder, test) = stored(&[
        "--rate=7",
        "--rate",
        "20",
        "--nodes=a,b",
        "--nodes",
        "x, y",
        "-w=echo",
        "--workload",
        "echo",
        "--concurrency=9",
        "--concurrency=2n",
        "--seed=4",
        "--seed",
        "5",
        "--latency=3",
        "--latency=2",
        "--log-net-send",
        "--log-net-send",
    ]);
    assert_eq!(test["rate"], 20.0);
    assert_eq!(test["nodes"], Value::from(vec!["x", "y"]));
    assert_eq!(test["concurrency"], 4);
    assert_eq!(test["seed"], 5);
    assert_eq!(test["latency"], 2);
}

#[test]
fn the_last_list_of_faults_counts() {
    let (_folder, test) = stored(&["--nemesis", "kill", "--nemesis", "pause"]);
    assert_eq!(test["nemesis"], Value::from(vec!["pause"]));
}

#[test]
fn lists_may_have_spaces_after_their_commas() {
    let (_folder, test) = stored(&[
        "--nemesis",
        "pause, partition",
        "--consistency-models",
        "serializable, read-committed",
        "--nodes",
        "a, b",
    ]);
    assert_eq!(test["nemesis"], Value::from(vec!["partition", "pause"]));
    assert_eq!(
        test["consistency-models"],
        Value::from(vec!["serializable", "read-committed"])
    );
    assert_eq!(test["nodes"], Value::from(vec!["a", "b"]));
}

#[test]
fn names_of_nodes_come_from_the_file_then_the_list_then_single_flags() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("names");
    fs::write(&file, "f1\n\n f2 \r\n").unwrap();
    let file = file.to_str().unwrap();
    let (_folder, test) = stored(&[
        "-n",
        "z",
        "--nodes",
        "a,b",
        "--nodes-file",
        file,
        "--node",
        "y",
    ]);
    assert_eq!(
        test["nodes"],
        Value::from(vec!["f1", "f2", "a", "b", "z", "y"])
    );
}

#[test]
fn nodes_are_n1_to_n5_by_default_and_n0_onwards_with_node_count() {
    let (_folder, test) = stored(&[]);
    assert_eq!(
        test["nodes"],
        Value::from(vec!["n1", "n2", "n3", "n4", "n5"])
    );
    assert_eq!(test["concurrency"], 5);
    let (_folder, test) = stored(&["--node-count", "2", "--nodes", "a"]);
    assert_eq!(test["nodes"], Value::from(vec!["n0", "n1"]));
}

#[test]
fn flags_that_only_maelstrom_uses_are_accepted() {
    stored(&[
        "--no-ssh",
        "--logging-json",
        "--leave-db-running",
        "--strict-host-key-checking",
        "--username",
        "me",
        "--password=x",
        "--ssh-private-key",
        "/nonexistent",
    ]);
}

#[test]
fn positional_arguments_and_those_after_two_dashes_reach_the_program_in_order() {
    let (folder, _) = stored(&[
        "--node-count",
        "1",
        "arguments",
        "--rate",
        "10",
        "two words",
        "--",
        "--rate",
        "x",
        "--",
        "-h",
    ]);
    let log = fs::read_to_string(folder.path().join("store/latest/node-logs/n0.log")).unwrap();
    let expected = r#"arguments: ["arguments", "two words", "--rate", "x", "--", "-h"]"#;
    assert_eq!(log.lines().next(), Some(expected));
}

#[test]
fn log_stderr_logs_the_stderr_of_the_nodes() {
    let args = ["--node-count", "1", "arguments"];
    let without_flag = run_mael(&echo_test(NODE, &args));
    assert!(
        !without_flag.stderr.contains("arguments:"),
        "{}",
        without_flag.stderr
    );
    let args = ["--node-count", "1", "--log-stderr", "arguments"];
    let with_flag = run_mael(&echo_test(NODE, &args));
    assert!(
        with_flag.stderr.contains("n0: arguments:"),
        "{}",
        with_flag.stderr
    );
}

#[test]
fn log_net_send_and_log_net_recv_log_messages() {
    let args = ["--node-count", "1", "--log-net-send", "--log-net-recv"];
    let finished = run_mael(&echo_test(NODE, &args));
    assert!(
        finished.stderr.contains(r#""type":"echo_ok""#),
        "{}",
        finished.stderr
    );
}

#[test]
fn the_program_path_is_relative_to_the_working_directory() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(NODE, folder.path().join("node")).unwrap();
    for bin in ["./node", "node"] {
        let finished = mael(folder.path(), &echo_test(bin, &[]));
        assert_eq!(finished.code(), 0, "{bin}: {finished:?}");
    }
}
