//! Histories that say nothing, or something that a workload does not have.

use super::{judge, to_json};

/// What each workload is without operations, as the original has it.
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

/// Asserts that a history is not judged, whatever its verdict is.
fn assert_nothing_judged(workload: &str, history: &str, valid: &str) {
    for history in [to_json(history), history.to_owned()] {
        let said = judge(workload, &history);
        let found = said.results["valid?"].to_string();
        assert_eq!(found.trim_matches('"'), valid, "{workload}: {history}");
        assert_eq!(
            said.last_line(),
            "no operation was judged",
            "{workload}: {history}"
        );
        assert!(!said.text.contains("looks good"), "{}", said.text);
        assert_eq!(
            (said.code, said.counts()[0]),
            (2, 0),
            "{workload}: {history}"
        );
    }
}

#[test]
fn a_history_without_operations_of_clients_is_not_judged() {
    let nemesis = "{:process :nemesis, :type :info, :f :start, :value nil}";
    for (workload, valid) in EMPTY {
        for history in ["", nemesis] {
            assert_nothing_judged(workload, history, valid);
        }
    }
}

#[test]
fn operations_that_say_nothing_are_not_judged() {
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
        // No read, or nothing that was added.
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
fn a_verdict_that_nothing_depends_on_has_a_true_reason() {
    let known = "{:process 0, :type :invoke, :f :txn, :value [[:w 1 1]]} {:process 0, :type :ok, :f :txn, :value [[:w 1 1]]}";
    for history in [
        known.to_owned(),
        known.replace(":ok", ":info"),
        String::new(),
    ] {
        let said = judge("txn-rw-register", &history);
        assert_eq!(said.results["valid?"], false);
        let reason = "the dependency graph is empty: no transaction could be checked against another, which Maelstrom counts as invalid for registers";
        assert!(said.text.contains(reason), "{}", said.text);
        let judged = history.contains(":ok");
        assert_eq!(said.code, if judged { 1 } else { 2 });
    }
    let lists = known.replace(":w", ":append");
    let said = judge("txn-list-append", &lists);
    assert_eq!((said.code, said.counts()), (2, [1, 0, 0]));
    let reason = "the dependency graph is empty: no transaction could be checked against another";
    assert!(
        said.text.contains(reason) && !said.text.contains("invalid"),
        "{}",
        said.text
    );
}

#[test]
fn operations_that_a_workload_does_not_have_are_refused_and_counted() {
    let good = |f: &str, value: &str| {
        format!(
            "{{:process 0, :type :invoke, :f :{f}, :value {value}}} {{:process 0, :type :ok, :f :{f}, :value {value}}}"
        )
    };
    for (workload, understood, strange) in [
        ("broadcast", good("broadcast", "1"), good("remove", "1")),
        ("g-set", good("add", "1"), good("discard", "1")),
        ("g-counter", good("add", "1"), good("add", "1.5")),
        ("pn-counter", good("add", "1"), good("add", "nil")),
        ("pn-counter", good("add", "1"), good("set", "1")),
        ("echo", good("echo", "{:echo \"a\"}"), good("read", "nil")),
        ("unique-ids", good("generate", "1"), good("generat", "1")),
        (
            "kafka",
            good("send", "[[:send 1 [0 1]]]"),
            good("send", "7"),
        ),
        (
            "kafka",
            good("send", "[[:send 1 [0 1]]]"),
            good("poll", "[[:poll {1 5}]]"),
        ),
        (
            "kafka",
            good("send", "[[:send 1 [0 1]]]"),
            good("poll", "[[:pull {}]]"),
        ),
        ("lin-kv", good("write", "[0 1]"), good("write", "1")),
        ("lin-kv", good("write", "[0 1]"), good("swap", "[0 1]")),
        ("lin-kv", good("write", "[0 1]"), good("cas", "[0 1]")),
        (
            "txn-list-append",
            good("txn", "[[:append 1 1]]"),
            good("txn", "[[:w 1 1]]"),
        ),
        (
            "txn-rw-register",
            good("txn", "[[:w 1 1]]"),
            good("txn", "[[:w 1]]"),
        ),
        (
            "txn-rw-register",
            good("txn", "[[:w 1 1]]"),
            good("txn", "7"),
        ),
    ] {
        let text = format!("{understood} {strange}");
        for history in [to_json(&text), text] {
            let said = judge(workload, &history);
            assert_eq!(said.counts(), [0, 1, 1], "{workload}: {history}");
            assert_eq!(said.code, 2, "{workload}: {}", said.text);
            assert_eq!(said.results["valid?"], "unknown");
            assert!(said.text.contains("(process 0, 0.000 s)"), "{}", said.text);
            assert_eq!(said.last_line(), "no operation was judged");
        }
    }
}

#[test]
fn all_operations_are_counted_in_one_of_three_ways() {
    let text = "{:process 0, :type :invoke, :f :write, :value [0 1]}
                {:process 1, :type :invoke, :f :write, :value [0 2]}
                {:process 2, :type :invoke, :f :write, :value [1 3]}
                {:process 0, :type :ok, :f :write, :value [0 1]}
                {:process 1, :type :fail, :f :write, :value [0 2]}
                {:process 3, :type :invoke, :f :read, :value [0 nil]}
                {:process 3, :type :info, :f :read, :value nil}
                {:process :nemesis, :type :info, :f :kill}";
    let said = judge("lin-kv", text);
    assert_eq!((said.code, said.counts()), (0, [1, 0, 3]), "{}", said.text);
    let first = said.text.lines().next().unwrap();
    assert!(
        first.contains("4 operations, 1 judged, 0 refused, 3 unknown"),
        "{first}"
    );
}
