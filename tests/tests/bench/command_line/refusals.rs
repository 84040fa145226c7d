//! What is refused, and how.

use mael_tests::{Finished, mael};

use crate::command_line::{NODE, run_mael};

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
        ("--start-spread", &["-1", "x", "1.5"]),
        ("--latency", &["-1", "x", "1.5"]),
        ("--latency-dist", &["bogus", ""]),
        ("--nemesis-interval", &["0", "-1", "x", "inf", "1/0", "1d2"]),
        ("--node-count", &["0", "-1", "x"]),
        ("--availability", &["1.1", "-0.1", "x", "NaN", "10/9"]),
        ("--loss", &["1.1", "-1", "x"]),
        ("--clock-drift", &["1", "-0.1", "x"]),
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
    assert_refused(&["--adversary", "burst,bogus"], "bogus");
    assert_refused(&["--consistency-models", "bogus"], "bogus");
    assert_refused(&["--consistency-models", "serializable,bogus"], "bogus");
}

#[test]
fn faults_that_only_simulation_has_are_refused() {
    assert_refused(&["--nemesis", "kill,crash"], "simulation");
    assert_refused(&["--clock-drift", "0.1"], "simulation");
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
fn what_is_similar_to_a_wrong_name_is_suggested() {
    for (words, suggestion) in [
        (&["tset"] as &[&str], "'test'"),
        (&["test", "--bin", NODE, "--rat", "3"], "'--rate'"),
        (
            &["test", "--bin", NODE, "-w", "brodcast"],
            "did you mean broadcast?",
        ),
        (
            &[
                "test",
                "--bin",
                NODE,
                "--consistency-models",
                "serialisable",
            ],
            "did you mean serializable?",
        ),
        (
            &["check", "--model", "mutexes", "--history", "x"],
            "did you mean mutex?",
        ),
    ] {
        assert_refusal(&run_mael(words), suggestion);
    }
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
    assert_refusal(&run_mael(&["demo", "--only", "bogus"]), "bogus");
    assert_refusal(&run_mael(&["glomers", "--only", "bogus"]), "bogus");
    assert_refusal(&run_mael(&["--bogus"]), "--bogus");
}
