//! Histories whose entries can't be paired.

use super::{judge, to_json};

/// Right operations of each workload, two entries a line.
const RIGHT: [(&str, &str); 10] = [
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

/// The history of a workload, an entry a line.
fn right(history: &str) -> Vec<String> {
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

/// Judges entries in EDN and in JSON, and asserts that it can't be done, for a reason with these
/// words.
fn assert_refused(workload: &str, lines: &[String], words: &[&str]) {
    let edn = lines.join("\n");
    for history in [to_json(&edn), edn] {
        let said = judge(workload, &history);
        assert_eq!(said.code, 2, "{workload}: {}", said.text);
        assert_eq!(said.results["valid?"], "unknown");
        assert_eq!(said.counts()[0], 0);
        assert_eq!(said.last_line(), "no operation was judged");
        let reason = said.results["error"].as_str().unwrap();
        for word in words {
            assert!(reason.contains(word), "{workload}: {word:?} in {reason}");
        }
        assert!(said.text.contains(reason), "{}", said.text);
    }
}

#[test]
fn well_formed_histories_of_each_workload_are_good() {
    for (workload, history) in RIGHT {
        let lines = right(history).join("\n");
        for history in [to_json(&lines), lines] {
            let said = judge(workload, &history);
            assert_eq!(said.code, 0, "{workload}: {}", said.text);
            assert_eq!(said.counts(), [2, 0, 0], "{workload}");
            assert_eq!(said.last_line(), "Everything looks good!");
        }
    }
}

#[test]
fn a_completion_without_an_invocation_is_judged_by_no_checker() {
    for (workload, history) in RIGHT {
        // Of a process that did nothing.
        let mut lines = right(history);
        lines.push(lines[3].replace(":process 1", ":process 9"));
        assert_refused(
            workload,
            &lines,
            &["process 9 completes", "operation 4 (line 5: :ok"],
        );
        // Of one that completed its operation already.
        let mut lines = right(history);
        lines.push(lines[3].clone());
        let words = [
            "process 1 completes",
            "operation 4 (line 5",
            "operation 3 (line 4",
        ];
        assert_refused(workload, &lines, &words);
        // Of one that failed.
        let mut lines = right(history);
        lines.insert(0, lines[3].replace(":type :ok", ":type :fail"));
        assert_refused(workload, &lines, &["operation 0 (line 1: :fail"]);
    }
}

#[test]
fn a_process_that_invokes_twice_is_judged_by_no_checker() {
    for (workload, history) in RIGHT {
        let mut lines = right(history);
        lines.insert(1, lines[2].replace(":process 1", ":process 0"));
        let words = [
            "process 0 invokes operation 1 (line 2: :invoke",
            "operation 0 (line 1: :invoke",
            "still running",
        ];
        assert_refused(workload, &lines, &words);
        // Also at the end.
        let mut lines = right(history);
        lines.extend([lines[0].clone(), lines[0].clone()]);
        assert_refused(
            workload,
            &lines,
            &["operation 5 (line 6", "operation 4 (line 5"],
        );
        // Also by name.
        let named = right(history)
            .join("\n")
            .replace(":process 1", ":process \"a b\"");
        let lines: Vec<String> = named
            .replace(":process 0", ":process \"a b\"")
            .lines()
            .map(str::to_owned)
            .collect();
        let interleaved = [0, 2, 1, 3].map(|at: usize| lines[at].clone());
        assert_refused(workload, &interleaved, &["process a b invokes"]);
    }
}

#[test]
fn a_completion_with_another_function_is_judged_by_no_checker() {
    for (workload, history) in RIGHT {
        let lines = right(history);
        let f = lines[3].split(":f :").nth(1).unwrap();
        let f = f.split([',', '}']).next().unwrap();
        let mut lines = lines.clone();
        lines[3] = lines[3].replace(&format!(":f :{f}"), ":f :other");
        let words = [
            "process 1 completes its operation 2 (line 3",
            "another :f",
            "operation 3 (line 4",
        ];
        assert_refused(workload, &lines, &words);
    }
}

#[test]
fn operations_of_unknown_outcome_and_those_that_never_completed_are_well_formed() {
    for (workload, history) in RIGHT {
        let mut lines = right(history);
        let open = lines[0].clone();
        lines.insert(0, "{:process :nemesis, :type :info, :f :kill}".to_owned());
        // The client goes on after an operation of unknown outcome.
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
            // What fails counts as answered otherwise.
            lines.drain(3..5);
        }
        // Where one more that may have taken effect changes nothing.
        if ["echo", "g-counter", "lin-kv", "pn-counter", "unique-ids"].contains(&workload) {
            lines.push(open.replace(":process 0", ":process 8"));
        }
        let history = lines.join("\n");
        let said = judge(workload, &history);
        assert_eq!(said.code, 0, "{workload}: {}\n{history}", said.text);
        assert_eq!(said.counts()[..2], [2, 0], "{workload}");
    }
}

#[test]
fn an_operation_with_two_keys_is_not_judged() {
    let lines = right(RIGHT[5].1);
    let mut other = lines.clone();
    other[3] = other[3].replace("[0 1]", "[5 1]");
    let words = [
        "operation 3",
        "has key 5, but was invoked with key 0",
        "operation 2",
    ];
    let edn = other.join("\n");
    for history in [to_json(&edn), edn] {
        let said = judge("lin-kv", &history);
        assert_eq!((said.code, said.counts()), (2, [0, 1, 1]), "{}", said.text);
        for word in words {
            assert!(said.text.contains(word), "{}", said.text);
        }
    }
    // What failed may leave it out.
    let failed = lines[3]
        .replace(":type :ok", ":type :fail")
        .replace("[0 1]", "nil");
    let history = [lines[0].clone(), lines[1].clone(), lines[2].clone(), failed].join("\n");
    assert_eq!(judge("lin-kv", &history).code, 0);
}
