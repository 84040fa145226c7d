//! Tests histories whose invocations and completions can't be paired.

use super::{run_check, to_json};

/// A well-formed history of each workload, with two entries per line.
const WELL_FORMED: [(&str, &str); 10] = [
    (
        "broadcast",
        "{:process 0, :type :invoke, :f :broadcast, :value 1} {:process 0, :type :ok, :f :broadcast, :value 1}
         {:process 1, :type :invoke, :f :read, :value nil} {:process 1, :type :ok, :f :read, :value [1]}",
    ),
    (
        "echo",
        "{:process 0, :type :invoke, :f :echo, :value \"a\"} {:process 0, :type :ok, :f :echo, :value {:echo \"a\"}}
         {:process 1, :type :invoke, :f :echo, :value \"b\"} {:process 1, :type :ok, :f :echo, :value {:echo \"b\"}}",
    ),
    ("g-counter", COUNTER),
    (
        "g-set",
        "{:process 0, :type :invoke, :f :add, :value 1} {:process 0, :type :ok, :f :add, :value 1}
         {:process 1, :type :invoke, :f :read, :value nil} {:process 1, :type :ok, :f :read, :value [1]}",
    ),
    (
        "kafka",
        "{:process 0, :type :invoke, :f :send, :value [[:send \"k\" 1]]} {:process 0, :type :ok, :f :send, :value [[:send \"k\" [0 1]]]}
         {:process 1, :type :invoke, :f :poll, :value [[:poll]]} {:process 1, :type :ok, :f :poll, :value [[:poll {\"k\" [[0 1]]}]]}",
    ),
    (
        "lin-kv",
        "{:process 0, :type :invoke, :f :write, :value [0 1]} {:process 0, :type :ok, :f :write, :value [0 1]}
         {:process 1, :type :invoke, :f :read, :value [0 nil]} {:process 1, :type :ok, :f :read, :value [0 1]}",
    ),
    ("pn-counter", COUNTER),
    (
        "txn-list-append",
        "{:process 0, :type :invoke, :f :txn, :value [[:append 1 1]]} {:process 0, :type :ok, :f :txn, :value [[:append 1 1]]}
         {:process 1, :type :invoke, :f :txn, :value [[:r 1 nil]]} {:process 1, :type :ok, :f :txn, :value [[:r 1 [1]]]}",
    ),
    (
        "txn-rw-register",
        "{:process 0, :type :invoke, :f :txn, :value [[:w 1 1]]} {:process 0, :type :ok, :f :txn, :value [[:w 1 1]]}
         {:process 1, :type :invoke, :f :txn, :value [[:r 1 nil]]} {:process 1, :type :ok, :f :txn, :value [[:r 1 1]]}",
    ),
    (
        "unique-ids",
        "{:process 0, :type :invoke, :f :generate, :value nil} {:process 0, :type :ok, :f :generate, :value 1}
         {:process 1, :type :invoke, :f :generate, :value nil} {:process 1, :type :ok, :f :generate, :value 2}",
    ),
];

const COUNTER: &str =
    "{:process 0, :type :invoke, :f :add, :value 1} {:process 0, :type :ok, :f :add, :value 1}
     {:process 1, :type :invoke, :f :read, :final? true} {:process 1, :type :ok, :f :read, :value 1, :final? true}";

/// Splits a history into one entry per line.
fn split_entries(history: &str) -> Vec<String> {
    let entries = history
        .split('{')
        .filter(|entry| entry.contains(":process"));
    // Only the last brace closes the entry: values may be maps.
    let mut lines = Vec::<String>::new();
    for entry in history
        .split("{:process")
        .filter(|it| !it.trim().is_empty())
    {
        lines.push(format!("{{:process{}", entry.trim_end()));
    }
    assert_eq!(lines.len(), entries.count());
    lines
}

/// Checks entries in EDN and in JSON, and asserts that they can't be checked, for a reason that
/// contains these words.
fn assert_not_checked(workload: &str, lines: &[String], words: &[&str]) {
    let edn = lines.join("\n");
    for history in [to_json(&edn), edn] {
        let output = run_check(workload, &history);
        assert_eq!(output.code, 2, "{workload}: {}", output.text);
        assert_eq!(output.results["valid?"], "unknown");
        assert_eq!(output.counts()[0], 0);
        assert_eq!(output.last_line(), "no operation was judged");
        let reason = output.results["error"].as_str().unwrap();
        for word in words {
            assert!(reason.contains(word), "{workload}: {word:?} in {reason}");
        }
        assert!(output.text.contains(reason), "{}", output.text);
    }
}

#[test]
fn well_formed_histories_of_each_workload_are_valid() {
    for (workload, history) in WELL_FORMED {
        let lines = split_entries(history).join("\n");
        for history in [to_json(&lines), lines] {
            let output = run_check(workload, &history);
            assert_eq!(output.code, 0, "{workload}: {}", output.text);
            assert_eq!(output.counts(), [2, 0, 0], "{workload}");
            assert_eq!(output.last_line(), "Everything looks good!");
        }
    }
}

#[test]
fn no_checker_judges_a_completion_without_an_invocation() {
    for (workload, history) in WELL_FORMED {
        // A completion of a process that has not invoked an operation.
        let mut lines = split_entries(history);
        lines.push(lines[3].replace(":process 1", ":process 9"));
        assert_not_checked(
            workload,
            &lines,
            &["process 9 completes", "operation 4 (line 5: :ok"],
        );
        // A completion of a process that has completed its operation already.
        let mut lines = split_entries(history);
        lines.push(lines[3].clone());
        let words = [
            "process 1 completes",
            "operation 4 (line 5",
            "operation 3 (line 4",
        ];
        assert_not_checked(workload, &lines, &words);
        // A failed completion without an invocation.
        let mut lines = split_entries(history);
        lines.insert(0, lines[3].replace(":type :ok", ":type :fail"));
        assert_not_checked(workload, &lines, &["operation 0 (line 1: :fail"]);
    }
}

#[test]
fn no_checker_judges_a_process_with_two_pending_invocations() {
    for (workload, history) in WELL_FORMED {
        let mut lines = split_entries(history);
        lines.insert(1, lines[2].replace(":process 1", ":process 0"));
        let words = [
            "process 0 invokes operation 1 (line 2: :invoke",
            "operation 0 (line 1: :invoke",
            "still running",
        ];
        assert_not_checked(workload, &lines, &words);
        // At the end of the history.
        let mut lines = split_entries(history);
        lines.extend([lines[0].clone(), lines[0].clone()]);
        assert_not_checked(
            workload,
            &lines,
            &["operation 5 (line 6", "operation 4 (line 5"],
        );
        // The same with a process that has a name.
        let named = split_entries(history)
            .join("\n")
            .replace(":process 1", ":process \"a b\"");
        let lines: Vec<String> = named
            .replace(":process 0", ":process \"a b\"")
            .lines()
            .map(str::to_owned)
            .collect();
        let interleaved = [0, 2, 1, 3].map(|at: usize| lines[at].clone());
        assert_not_checked(workload, &interleaved, &["process a b invokes"]);
    }
}

#[test]
fn no_checker_judges_a_completion_with_another_function() {
    for (workload, history) in WELL_FORMED {
        let lines = split_entries(history);
        let f = lines[3].split(":f :").nth(1).unwrap();
        let f = f.split([',', '}']).next().unwrap();
        let mut lines = lines.clone();
        lines[3] = lines[3].replace(&format!(":f :{f}"), ":f :other");
        let words = [
            "process 1 completes its operation 2 (line 3",
            "another :f",
            "operation 3 (line 4",
        ];
        assert_not_checked(workload, &lines, &words);
    }
}

#[test]
fn indefinite_and_incomplete_operations_are_well_formed() {
    for (workload, history) in WELL_FORMED {
        let mut lines = split_entries(history);
        let open = lines[0].clone();
        lines.insert(0, "{:process :nemesis, :type :info, :f :kill}".to_owned());
        // The client continues after an operation with an indefinite outcome.
        lines.splice(
            1..1,
            [
                lines[3].replace(":process 1", ":process 7"),
                lines[3]
                    .replace(":process 1", ":process 7")
                    .replace(":type :invoke", ":type :info"),
                lines[3].replace(":process 1", ":process 7"),
                lines[3]
                    .replace(":process 1", ":process 7")
                    .replace(":type :invoke", ":type :fail"),
            ],
        );
        if workload == "echo" {
            // A failed echo is treated as a wrong reply.
            lines.drain(3..5);
        }
        // In these workloads an additional operation that may have taken effect does not change the
        // verdict.
        if ["echo", "g-counter", "lin-kv", "pn-counter", "unique-ids"].contains(&workload) {
            lines.push(open.replace(":process 0", ":process 8"));
        }
        let history = lines.join("\n");
        let output = run_check(workload, &history);
        assert_eq!(output.code, 0, "{workload}: {}\n{history}", output.text);
        assert_eq!(output.counts()[..2], [2, 0], "{workload}");
    }
}

#[test]
fn an_operation_with_two_keys_is_not_judged() {
    let lines = split_entries(WELL_FORMED[5].1);
    let mut other = lines.clone();
    other[3] = other[3].replace("[0 1]", "[5 1]");
    let words = [
        "operation 3",
        "has key 5, but was invoked with key 0",
        "operation 2",
    ];
    let edn = other.join("\n");
    for history in [to_json(&edn), edn] {
        let output = run_check("lin-kv", &history);
        assert_eq!(
            (output.code, output.counts()),
            (2, [0, 1, 1]),
            "{}",
            output.text
        );
        for word in words {
            assert!(output.text.contains(word), "{}", output.text);
        }
    }
    // A failed operation may omit its key.
    let failed = lines[3]
        .replace(":type :ok", ":type :fail")
        .replace("[0 1]", "nil");
    let history = [lines[0].clone(), lines[1].clone(), lines[2].clone(), failed].join("\n");
    assert_eq!(run_check("lin-kv", &history).code, 0);
}
