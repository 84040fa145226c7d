//! Tests histories in which no operation can be judged, and operations that a workload does not
//! support.

use super::{run_check, to_json};

/// The verdict on an empty history for each workload, as in Maelstrom.
const EMPTY: [(&str, &str); 10] = [
    ("broadcast", "unknown"),
    ("echo", "true"),
    ("g-counter", "true"),
    ("g-set", "unknown"),
    ("kafka", "unknown"),
    ("lin-kv", "true"),
    ("pn-counter", "true"),
    ("txn-list-append", "unknown"),
    ("txn-rw-register", "false"),
    ("unique-ids", "true"),
];

/// Asserts that no operation of a history is judged, regardless of the verdict.
fn assert_nothing_judged(workload: &str, history: &str, valid: &str) {
    for history in [to_json(history), history.to_owned()] {
        let output = run_check(workload, &history);
        let found = output.results["valid?"].to_string();
        assert_eq!(found.trim_matches('"'), valid, "{workload}: {history}");
        assert_eq!(
            output.last_line(),
            "no operation was judged",
            "{workload}: {history}"
        );
        assert!(!output.text.contains("looks good"), "{}", output.text);
        assert_eq!(
            (output.code, output.counts()[0]),
            (2, 0),
            "{workload}: {history}"
        );
    }
}

#[test]
fn a_history_without_client_operations_has_no_judged_operations() {
    let nemesis = "{:process :nemesis, :type :info, :f :start, :value nil}";
    for (workload, valid) in EMPTY {
        for history in ["", nemesis] {
            assert_nothing_judged(workload, history, valid);
        }
    }
}

#[test]
fn operations_without_constraints_are_not_judged() {
    for (workload, valid, history) in [
        (
            "echo",
            "true",
            "{:process 0, :type :invoke, :f :echo, :value \"a\"} {:process 0, :type :info, :f :echo, :value \"a\"}",
        ),
        (
            "unique-ids",
            "true",
            "{:process 0, :type :invoke, :f :generate} {:process 0, :type :fail, :f :generate}",
        ),
        (
            "lin-kv",
            "true",
            "{:process 0, :type :invoke, :f :cas, :value [0 [1 2]]} {:process 0, :type :fail, :f :cas, :value [0 [1 2]]}",
        ),
        (
            "lin-kv",
            "true",
            "{:process 0, :type :invoke, :f :write, :value [0 1]} {:process 0, :type :info, :f :write, :value [0 1]}",
        ),
        (
            "lin-kv",
            "true",
            "{:process 0, :type :invoke, :f :write, :value [0 1]}",
        ),
        // No final read.
        (
            "g-counter",
            "true",
            "{:process 0, :type :invoke, :f :add, :value 1} {:process 0, :type :ok, :f :add, :value 1}",
        ),
        (
            "pn-counter",
            "true",
            "{:process 0, :type :invoke, :f :read} {:process 0, :type :ok, :f :read, :value 7}",
        ),
        // No read, or no element that was added.
        (
            "broadcast",
            "unknown",
            "{:process 0, :type :invoke, :f :broadcast, :value 1} {:process 0, :type :ok, :f :broadcast, :value 1}",
        ),
        (
            "g-set",
            "unknown",
            "{:process 0, :type :invoke, :f :read} {:process 0, :type :ok, :f :read, :value []}",
        ),
        (
            "kafka",
            "false",
            "{:process 0, :type :invoke, :f :crash} {:process 0, :type :info, :f :crash}",
        ),
        (
            "kafka",
            "false",
            "{:process 0, :type :invoke, :f :assign, :value [\"a\"]} {:process 0, :type :ok, :f :assign, :value [\"a\"]}",
        ),
        (
            "txn-list-append",
            "unknown",
            "{:process 0, :type :invoke, :f :txn, :value [[:append 1 1]]} {:process 0, :type :fail, :f :txn, :value [[:append 1 1]]}",
        ),
        (
            "txn-list-append",
            "unknown",
            "{:process 0, :type :invoke, :f :txn, :value []} {:process 0, :type :ok, :f :txn, :value []}",
        ),
        (
            "txn-rw-register",
            "false",
            "{:process 0, :type :invoke, :f :txn, :value [[:w 1 1]]} {:process 0, :type :info, :f :txn, :value [[:w 1 1]]}",
        ),
    ] {
        assert_nothing_judged(workload, history, valid);
    }
}

#[test]
fn an_empty_dependency_graph_is_the_reported_reason() {
    let known = "{:process 0, :type :invoke, :f :txn, :value [[:w 1 1]]} {:process 0, :type :ok, :f :txn, :value [[:w 1 1]]}";
    for history in [
        known.to_owned(),
        known.replace(":ok", ":info"),
        String::new(),
    ] {
        let output = run_check("txn-rw-register", &history);
        assert_eq!(output.results["valid?"], false);
        let reason = "the dependency graph is empty: no transaction could be checked against another, which Maelstrom counts as invalid for registers";
        assert!(output.text.contains(reason), "{}", output.text);
        let is_judged = history.contains(":ok");
        assert_eq!(output.code, if is_judged { 1 } else { 2 });
    }
    let lists = known.replace(":w", ":append");
    let output = run_check("txn-list-append", &lists);
    assert_eq!((output.code, output.counts()), (2, [1, 0, 0]));
    let reason = "the dependency graph is empty: no transaction could be checked against another";
    assert!(
        output.text.contains(reason) && !output.text.contains("invalid"),
        "{}",
        output.text
    );
}

#[test]
fn unsupported_operations_are_refused_and_counted() {
    let operation = |f: &str, value: &str| {
        format!(
            "{{:process 0, :type :invoke, :f :{f}, :value {value}}} {{:process 0, :type :ok, :f :{f}, :value {value}}}"
        )
    };
    for (workload, understood, unsupported) in [
        (
            "broadcast",
            operation("broadcast", "1"),
            operation("remove", "1"),
        ),
        ("g-set", operation("add", "1"), operation("discard", "1")),
        ("g-counter", operation("add", "1"), operation("add", "1.5")),
        ("pn-counter", operation("add", "1"), operation("add", "nil")),
        ("pn-counter", operation("add", "1"), operation("set", "1")),
        (
            "echo",
            operation("echo", "{:echo \"a\"}"),
            operation("read", "nil"),
        ),
        (
            "unique-ids",
            operation("generate", "1"),
            operation("generat", "1"),
        ),
        (
            "kafka",
            operation("send", "[[:send 1 [0 1]]]"),
            operation("send", "7"),
        ),
        (
            "kafka",
            operation("send", "[[:send 1 [0 1]]]"),
            operation("poll", "[[:poll {1 5}]]"),
        ),
        (
            "kafka",
            operation("send", "[[:send 1 [0 1]]]"),
            operation("poll", "[[:pull {}]]"),
        ),
        (
            "lin-kv",
            operation("write", "[0 1]"),
            operation("write", "1"),
        ),
        (
            "lin-kv",
            operation("write", "[0 1]"),
            operation("swap", "[0 1]"),
        ),
        (
            "lin-kv",
            operation("write", "[0 1]"),
            operation("cas", "[0 1]"),
        ),
        (
            "txn-list-append",
            operation("txn", "[[:append 1 1]]"),
            operation("txn", "[[:w 1 1]]"),
        ),
        (
            "txn-rw-register",
            operation("txn", "[[:w 1 1]]"),
            operation("txn", "[[:w 1]]"),
        ),
        (
            "txn-rw-register",
            operation("txn", "[[:w 1 1]]"),
            operation("txn", "7"),
        ),
    ] {
        let text = format!("{understood} {unsupported}");
        for history in [to_json(&text), text] {
            let output = run_check(workload, &history);
            assert_eq!(output.counts(), [0, 1, 1], "{workload}: {history}");
            assert_eq!(output.code, 2, "{workload}: {}", output.text);
            assert_eq!(output.results["valid?"], "unknown");
            assert!(
                output.text.contains("(process 0, 0.000 s)"),
                "{}",
                output.text
            );
            assert_eq!(output.last_line(), "no operation was judged");
        }
    }
}

#[test]
fn each_operation_is_judged_rejected_or_unknown() {
    let text = "{:process 0, :type :invoke, :f :write, :value [0 1]}
                {:process 1, :type :invoke, :f :write, :value [0 2]}
                {:process 2, :type :invoke, :f :write, :value [1 3]}
                {:process 0, :type :ok, :f :write, :value [0 1]}
                {:process 1, :type :fail, :f :write, :value [0 2]}
                {:process 3, :type :invoke, :f :read, :value [0 nil]}
                {:process 3, :type :info, :f :read, :value nil}
                {:process :nemesis, :type :info, :f :kill}";
    let output = run_check("lin-kv", text);
    assert_eq!(
        (output.code, output.counts()),
        (0, [1, 0, 3]),
        "{}",
        output.text
    );
    let first = output.text.lines().next().unwrap();
    assert!(
        first.contains("4 operations, 1 judged, 0 refused, 3 unknown"),
        "{first}"
    );
}
