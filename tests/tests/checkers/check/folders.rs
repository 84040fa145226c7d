//! Tests folders of runs, each of which is checked as its own workload.

use super::{STABLE, folder, lost, mael, results};

const ECHO: &str = "{:process 0, :type :invoke, :f :echo, :value \"a\"}
{:process 0, :type :ok, :f :echo, :value {:echo \"a\"}}";

/// A history that is not serializable, but satisfies read committed.
const SKEWED: &str = "{:process 0, :type :invoke, :f :txn, :value [[:append 1 1]]}
{:process 0, :type :ok, :f :txn, :value [[:append 1 1]]}
{:process 1, :type :invoke, :f :txn, :value [[:r 1 nil]]}
{:process 1, :type :ok, :f :txn, :value [[:r 1 []]]}
{:process 1, :type :invoke, :f :txn, :value [[:r 1 nil]]}
{:process 1, :type :ok, :f :txn, :value [[:r 1 [1]]]}";

#[test]
fn each_run_is_checked_as_its_own_workload() {
    let lost = lost();
    let folder = folder(&[
        // Stored by Mael, which records the workload, so the folder's name does not matter.
        ("store/a/1/history.edn", STABLE),
        ("store/a/1/test.json", r#"{"workload": "g-set"}"#),
        // Stored by Maelstrom, whose folders are named after the workload.
        ("store/g-set/2/history.edn", &lost),
        ("store/echo/3/history.edn", ECHO),
    ]);
    let check = |args: &[&str]| mael(folder.path(), &[&["check", "--history"], args].concat());
    let finished = check(&["store"]);
    assert_eq!(finished.code(), 1);
    let text = finished.text();
    for (run, verdict) in [
        ("a/1", " valid "),
        ("g-set/2", " INVALID "),
        ("echo/3", " valid "),
    ] {
        let row = text.lines().rfind(|line| line.contains(run)).unwrap();
        assert!(row.contains(verdict), "{text}");
    }
    assert!(!text.contains("skipped"), "{text}");

    // With a workload, the others are skipped and counted.
    let finished = check(&["store", "-w", "echo"]);
    assert_eq!(finished.code(), 0);
    let line = "skipped 2 runs of other workloads: g-set 2";
    assert_eq!(finished.text().lines().next(), Some(line));
    assert!(finished.text().ends_with("Everything looks good!\n"));
    assert!(!finished.text().contains("g-set/2"));
    let finished = check(&["store", "-w", "g-set", "--json"]);
    assert_eq!((finished.code(), results(&finished).len()), (1, 2));
    assert_eq!(
        finished.stderr.trim(),
        "skipped 1 run of other workloads: echo 1"
    );

    // No run is left to check.
    let finished = check(&["store", "-w", "kafka"]);
    assert_eq!(finished.code(), 254);
    assert!(
        finished
            .stderr
            .contains("skipped 3 runs of other workloads: echo 1, g-set 2")
    );

    // A file is checked as the given workload.
    let finished = check(&["store/echo/3/history.edn", "-w", "g-set"]);
    assert_eq!(finished.code(), 2);
    assert_eq!(check(&["store/echo/3/history.edn"]).code(), 0);
}

#[test]
fn a_run_of_an_unknown_workload_requires_the_flag() {
    let folder = folder(&[("etcd/1/history.edn", STABLE), ("etcd/2/history.edn", ECHO)]);
    let finished = mael(folder.path(), &["check", "--history", "etcd"]);
    assert_eq!(finished.code(), 254);
    assert!(
        finished.stderr.contains("etcd/1/history.edn"),
        "{}",
        finished.stderr
    );
    assert!(
        finished.stderr.contains("--workload"),
        "{}",
        finished.stderr
    );
    let finished = mael(
        folder.path(),
        &["check", "--history", "etcd/1", "-w", "g-set"],
    );
    assert_eq!(finished.code(), 0);
}

#[test]
fn a_run_is_checked_against_the_models_that_are_stored_with_it() {
    let test = r#"{"workload": "txn-list-append", "consistency-models": ["read-committed"]}"#;
    let folder = folder(&[("run/history.edn", SKEWED), ("run/test.json", test)]);
    let check = |args: &[&str]| {
        mael(
            folder.path(),
            &[&["check", "--history", "run"], args].concat(),
        )
        .code()
    };
    assert_eq!(check(&[]), 0);
    assert_eq!(check(&["--consistency-models", "strict-serializable"]), 1);
}

#[test]
fn a_run_in_jepsens_binary_format_only_is_an_error() {
    let folder = folder(&[
        ("store/g-set/1/history.edn", STABLE),
        ("store/g-set/1/test.jepsen", "JEPSEN\u{0}\u{1}"),
        ("store/g-set/2/test.jepsen", "JEPSEN\u{0}\u{1}"),
    ]);
    let finished = mael(folder.path(), &["check", "--history", "store"]);
    assert_eq!(finished.code(), 255);
    let text = finished.text();
    let row = |run: &str| text.lines().rfind(|line| line.contains(run)).unwrap();
    assert!(row("g-set/1/history.edn").contains(" valid "), "{text}");
    assert!(row("g-set/2/test.jepsen").contains("not read"), "{text}");
    assert!(
        row("g-set/2/test.jepsen").contains("binary format"),
        "{text}"
    );
}
