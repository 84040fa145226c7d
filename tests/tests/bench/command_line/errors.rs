//! Tests the errors for invalid arguments.

use mael_tests::{Finished, mael};

use crate::command_line::run_mael;
use crate::{NODE, echo_test};

/// Asserts that a test with these flags fails with a one-line error that contains `word`, before
/// anything is stored.
fn assert_flags_rejected(flags: &[&str], word: &str) {
    let folder = tempfile::tempdir().unwrap();
    let finished = mael(folder.path(), &echo_test(NODE, flags));
    assert_one_line_error(&finished, word);
    assert!(!folder.path().join("store").exists(), "{flags:?}");
}

fn assert_one_line_error(finished: &Finished, word: &str) {
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
fn invalid_numbers_are_rejected() {
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
            assert_flags_rejected(&[&format!("{flag}={value}")], flag);
        }
    }
}

#[test]
fn extreme_numbers_do_not_panic() {
    let kills = [
        "--nemesis",
        "kill",
        "--nemesis-interval",
        "1.8e19",
        "--seed",
    ];
    let with_seed = |seed| [&kills[..], &[seed]].concat();
    for flags in [
        vec!["--rate", "1e-20"],
        vec!["--rate", "1e-300"],
        with_seed("1"),
        with_seed("2"),
        with_seed("3"),
    ] {
        let flags = [&["--node-count", "1"], &flags[..]].concat();
        let finished = run_mael(&echo_test(NODE, &flags));
        assert!(
            !finished.stderr.contains("panicked"),
            "{flags:?}: {}",
            finished.stderr
        );
    }
}

#[test]
fn a_concurrency_that_overflows_is_rejected() {
    assert_flags_rejected(&["--concurrency", "18446744073709551615n"], "--concurrency");
}

#[test]
fn a_negative_number_in_its_own_argument_is_rejected() {
    assert_flags_rejected(&["--rate", "-1"], "-1");
}

#[test]
fn unknown_flags_are_rejected() {
    assert_flags_rejected(&["--bogus"], "--bogus");
    assert_flags_rejected(&["--bogus=1"], "--bogus");
    assert_flags_rejected(&["-x"], "-x");
}

#[test]
fn a_flag_without_its_value_is_rejected() {
    assert_flags_rejected(&["--rate"], "--rate");
    assert_flags_rejected(&["--nodes"], "--nodes");
}

#[test]
fn invalid_node_names_are_rejected() {
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
        assert_flags_rejected(flags, word);
    }
}

#[test]
fn unknown_faults_and_models_are_rejected() {
    assert_flags_rejected(&["--nemesis", "bogus"], "bogus");
    assert_flags_rejected(&["--nemesis", "kill,bogus"], "bogus");
    assert_flags_rejected(&["--kill-at", "bogus"], "must be event or step");
    assert_flags_rejected(&["--adversary", "burst,bogus"], "bogus");
    assert_flags_rejected(&["--consistency-models", "bogus"], "bogus");
    assert_flags_rejected(&["--consistency-models", "serializable,bogus"], "bogus");
}

#[test]
fn old_names_of_faults_are_rejected_with_the_new_ones() {
    assert_flags_rejected(
        &["--nemesis", "flap"],
        "flap is now `--nemesis partition --partition-interval 0.5`",
    );
    assert_flags_rejected(
        &["--nemesis", "kill,crash"],
        "crash is now `--nemesis kill --kill-at step`",
    );
}

#[test]
fn faults_that_require_simulation_are_rejected() {
    assert_flags_rejected(&["--nemesis", "kill", "--kill-at", "step"], "simulation");
    assert_flags_rejected(&["--clock-drift", "0.1"], "simulation");
}

#[test]
fn an_unknown_workload_is_an_error_that_lists_the_known_ones() {
    let finished = run_mael(&["test", "-w", "bogus", "--bin", NODE]);
    assert_one_line_error(&finished, "bogus");
    assert!(
        finished.stderr.contains("echo") && finished.stderr.contains("unique-ids"),
        "{}",
        finished.stderr
    );
}

#[test]
fn a_similar_name_is_suggested_for_an_unknown_name() {
    for (args, suggestion) in [
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
        assert_one_line_error(&run_mael(args), suggestion);
    }
}

#[test]
fn a_missing_program_is_rejected() {
    assert_one_line_error(&run_mael(&["test", "-w", "echo"]), "--bin");
    assert_one_line_error(
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
fn a_missing_or_unknown_command_is_rejected() {
    let finished = run_mael(&[]);
    assert_eq!(finished.code(), 254, "{finished:?}");
    assert!(finished.stderr.contains("test") && finished.stderr.contains("glomers"));
    assert_one_line_error(&run_mael(&["bogus"]), "bogus");
    assert_one_line_error(&run_mael(&["demo", "--only", "bogus"]), "bogus");
    assert_one_line_error(&run_mael(&["glomers", "--only", "bogus"]), "bogus");
    assert_one_line_error(&run_mael(&["--bogus"]), "--bogus");
}
