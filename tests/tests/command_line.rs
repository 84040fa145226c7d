//! The `mael` command line: what it refuses and how, what it documents, what reaches the node.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use mael_tests::{Finished, mael};
use serde_json::Value;
use tempfile::TempDir;

const NODE: &str = env!("CARGO_BIN_EXE_misbehaving");

/// Runs `mael` with these words.
fn run_mael(words: &[&str]) -> Finished {
    mael(tempfile::tempdir().unwrap().path(), words)
}

/// Asserts that these flags of a test are refused in one line that has this word in it, before
/// anything is done.
fn assert_refused(flags: &[&str], word: &str) {
    let folder = tempfile::tempdir().unwrap();
    let words = [&["test", "-w", "echo", "--bin", NODE], flags].concat();
    assert_refusal(&mael(folder.path(), &words), word);
    assert!(!folder.path().join("store").exists(), "{flags:?}");
}

fn assert_refusal(finished: &Finished, word: &str) {
    assert_eq!(finished.code(), 254, "{finished:?}");
    assert_eq!(finished.stderr.lines().count(), 1, "{}", finished.stderr);
    assert!(
        finished.stderr.contains(word),
        "{word:?} in {}",
        finished.stderr
    );
    assert_eq!(finished.text(), "");
}

#[test]
fn numbers_that_make_no_sense_are_refused() {
    for (flag, values) in [
        ("--rate", &["x", "-1", "inf", "NaN", ""] as &[&str]),
        ("--concurrency", &["0", "0n", "n", "-1", "x", "1.5", ""]),
        ("--time-limit", &["0", "-1", "x", "1.5"]),
        ("--latency", &["-1", "x", "1.5"]),
        ("--latency-dist", &["bogus", ""]),
        ("--nemesis-interval", &["0", "-1", "x", "inf"]),
        ("--node-count", &["0", "-1", "x"]),
        ("--availability", &["1.1", "-0.1", "x", "NaN"]),
        ("--loss", &["1.1", "-1", "x"]),
        ("--topology", &["bogus"]),
        ("--key-count", &["0", "x"]),
        ("--max-txn-length", &["0"]),
        ("--max-writes-per-key", &["0"]),
        ("--test-count", &["0"]),
        ("--seed", &["x"]),
    ] {
        for value in values {
            assert_refused(&[&format!("{flag}={value}")], flag);
        }
    }
}

#[test]
fn numbers_at_the_edge_of_what_can_be_reckoned_with_are_no_reason_to_panic() {
    for flags in [
        &["--rate", "1e-20"] as &[&str],
        &["--rate", "1e-300"],
        &[
            "--nemesis",
            "kill",
            "--nemesis-interval",
            "1.8e19",
            "--seed",
            "1",
        ],
        &[
            "--nemesis",
            "kill",
            "--nemesis-interval",
            "1.8e19",
            "--seed",
            "2",
        ],
        &[
            "--nemesis",
            "kill",
            "--nemesis-interval",
            "1.8e19",
            "--seed",
            "3",
        ],
    ] {
        let words = [
            "test",
            "-w",
            "echo",
            "--bin",
            NODE,
            "--time-limit",
            "1",
            "--node-count",
            "1",
        ];
        let finished = run_mael(&[&words, flags].concat());
        assert!(
            !finished.stderr.contains("panicked"),
            "{flags:?}: {}",
            finished.stderr
        );
    }
}

#[test]
fn more_clients_than_can_be_counted_are_refused() {
    assert_refused(&["--concurrency", "18446744073709551615n"], "--concurrency");
}

#[test]
fn a_negative_number_is_refused_as_a_word_of_its_own_too() {
    assert_refused(&["--rate", "-1"], "-1");
}

#[test]
fn flags_that_do_not_exist_are_refused() {
    assert_refused(&["--bogus"], "--bogus");
    assert_refused(&["--bogus=1"], "--bogus");
    assert_refused(&["-x"], "-x");
}

#[test]
fn a_flag_without_its_value_is_refused() {
    assert_refused(&["--rate"], "--rate");
    assert_refused(&["--nodes"], "--nodes");
}

#[test]
fn names_that_no_node_can_have_are_refused() {
    for (flags, word) in [
        (&["--nodes", "c1"] as &[&str], "c1"),
        (&["--nodes", "n1,n2,n1"], "n1"),
        (&["--nodes", "n1,,n2"], "empty"),
        (&["--nodes", ""], "empty"),
        (&["--nodes", "lin-kv"], "lin-kv"),
        (&["--nodes", "a/b"], "a/b"),
        (&["--nodes", "../../a"], "../../a"),
        (&["-n", "n1", "-n", "n1"], "n1"),
        (&["--node-count", "2", "-n", "n1"], "n1"),
        (&["--nodes-file", "/nonexistent/file"], "/nonexistent/file"),
    ] {
        assert_refused(flags, word);
    }
}

#[test]
fn faults_and_models_that_do_not_exist_are_refused() {
    assert_refused(&["--nemesis", "bogus"], "bogus");
    assert_refused(&["--nemesis", "kill,bogus"], "bogus");
    assert_refused(&["--consistency-models", "bogus"], "bogus");
    assert_refused(&["--consistency-models", "serializable,bogus"], "bogus");
}

#[test]
fn a_workload_that_does_not_exist_is_refused_with_those_that_do() {
    let finished = run_mael(&["test", "-w", "bogus", "--bin", NODE]);
    assert_refusal(&finished, "bogus");
    assert!(
        finished.stderr.contains("echo") && finished.stderr.contains("unique-ids"),
        "{}",
        finished.stderr
    );
}

#[test]
fn a_missing_program_is_refused() {
    assert_refusal(&run_mael(&["test", "-w", "echo"]), "--bin");
    assert_refusal(
        &run_mael(&["test", "-w", "echo", "--bin", "./nowhere"]),
        "./nowhere",
    );
    for bin in ["/", "", "no-such-binary"] {
        let finished = run_mael(&["test", "-w", "echo", "--bin", bin]);
        assert_eq!(finished.code(), 254, "{bin:?}: {finished:?}");
        assert!(finished.stderr.contains(bin), "{}", finished.stderr);
    }
}

#[test]
fn a_missing_or_unknown_command_is_refused() {
    let finished = run_mael(&[]);
    assert_eq!(finished.code(), 254, "{finished:?}");
    assert!(finished.stderr.contains("test") && finished.stderr.contains("glomers"));
    assert_refusal(&run_mael(&["bogus"]), "bogus");
    assert_refusal(&run_mael(&["--bogus"]), "--bogus");
}

/// What a help text says of each long flag.
fn help_entries(help: &str) -> BTreeMap<String, String> {
    let mut entries = BTreeMap::<String, String>::new();
    let mut current = String::new();
    for line in help.lines() {
        let words = line.trim_start();
        if words.starts_with('-') && line.len() - words.len() <= 6 {
            let flag = words.split_whitespace().find(|word| word.starts_with("--"));
            current = flag.unwrap_or_default().to_owned();
        }
        let entry = entries.entry(current.clone()).or_default();
        entry.push_str(words.trim_start_matches(current.as_str()));
        entry.push(' ');
    }
    entries
}

#[test]
fn help_documents_every_flag_and_its_default() {
    for words in [
        &["test", "--help"] as &[&str],
        &["test", "-h"],
        &["test", "--rate", "1", "--help"],
    ] {
        let finished = run_mael(words);
        assert_eq!(finished.code(), 0, "{finished:?}");
        assert_eq!(finished.stderr, "");
        let entries = help_entries(finished.text());
        for (flag, default) in [
            ("--bin", None),
            ("--workload", Some("lin-kv")),
            ("--node-count", None),
            ("--nodes", None),
            ("--node", Some("n1 n2 n3 n4 n5")),
            ("--nodes-file", None),
            ("--concurrency", Some("1n")),
            ("--rate", Some("5")),
            ("--time-limit", Some("60")),
            ("--latency", Some("0")),
            ("--latency-dist", Some("constant")),
            ("--nemesis", None),
            ("--nemesis-interval", Some("10")),
            ("--topology", Some("grid")),
            ("--availability", None),
            ("--consistency-models", Some("strict-serializable")),
            ("--key-count", Some("10")),
            ("--max-txn-length", Some("4")),
            ("--max-writes-per-key", Some("16")),
            ("--log-stderr", None),
            ("--log-net-send", None),
            ("--log-net-recv", None),
            ("--test-count", Some("1")),
            ("--leave-db-running", None),
            ("--logging-json", None),
            ("--username", Some("root")),
            ("--password", Some("root")),
            ("--strict-host-key-checking", None),
            ("--no-ssh", None),
            ("--ssh-private-key", None),
            ("--help", None),
        ] {
            let text = &entries.get(flag).unwrap_or_else(|| panic!("no {flag}"));
            assert!(text.len() > 10, "{flag} says nothing: {text}");
            if let Some(default) = default {
                assert!(
                    text.contains(&format!("[default: {default}]")),
                    "{flag}: {text}"
                );
            }
        }
    }
}

#[test]
fn help_of_the_whole_names_the_commands() {
    for words in [&["--help"] as &[&str], &["help"], &["glomers", "--help"]] {
        assert_eq!(run_mael(words).code(), 0, "{words:?}");
    }
}

/// Runs a short test with these flags, and gives its store.
fn stored(flags: &[&str]) -> (TempDir, Value) {
    let folder = tempfile::tempdir().unwrap();
    let words = [
        &["test", "-w", "echo", "--bin", NODE, "--time-limit", "1"],
        flags,
    ]
    .concat();
    let finished = mael(folder.path(), &words);
    assert!(finished.code() <= 1, "{finished:?}");
    let test = fs::read_to_string(folder.path().join("store/latest/test.json")).unwrap();
    let test = serde_json::from_str(&test).unwrap();
    (folder, test)
}

#[test]
fn the_last_of_several_flags_counts_in_either_form() {
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
fn single_names_come_after_the_others_and_those_of_a_file_first() {
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
fn nodes_are_n1_to_n5_unless_they_are_counted() {
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
fn flags_that_only_the_original_acts_on_are_taken() {
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
fn words_and_all_that_follows_two_dashes_reach_the_program_in_order() {
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
fn stderr_of_the_nodes_is_told_on_request() {
    let folder = tempfile::tempdir().unwrap();
    let words = [
        "test",
        "-w",
        "echo",
        "--bin",
        NODE,
        "--time-limit",
        "1",
        "--node-count",
        "1",
    ];
    let quiet = mael(folder.path(), &[&words, &["arguments"] as &[&str]].concat());
    assert!(!quiet.stderr.contains("arguments:"), "{}", quiet.stderr);
    let loud = mael(
        folder.path(),
        &[&words, &["--log-stderr", "arguments"] as &[&str]].concat(),
    );
    assert!(loud.stderr.contains("n0: arguments:"), "{}", loud.stderr);
}

#[test]
fn messages_are_told_on_request() {
    let folder = tempfile::tempdir().unwrap();
    let words = [
        "test",
        "-w",
        "echo",
        "--bin",
        NODE,
        "--time-limit",
        "1",
        "--node-count",
        "1",
    ];
    let told = mael(
        folder.path(),
        &[&words, &["--log-net-send", "--log-net-recv"] as &[&str]].concat(),
    );
    assert!(
        told.stderr.contains(r#""type":"echo_ok""#),
        "{}",
        told.stderr
    );
}

#[test]
fn a_program_is_named_relative_to_the_working_directory() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(NODE, folder.path().join("node")).unwrap();
    for bin in ["./node", "node"] {
        let finished = mael(
            folder.path(),
            &["test", "-w", "echo", "--bin", bin, "--time-limit", "1"],
        );
        assert_eq!(finished.code(), 0, "{bin}: {finished:?}");
    }
}
