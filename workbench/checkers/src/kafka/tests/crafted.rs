//! Each anomaly in a hand-written history.

use mael_history::{History, Validity, Value};

use super::super::{SubVia, check};
use crate::Verdict;

/// Parses a history: each line has a process, a completion type, and an operation.
///
/// Each line is an invocation and its completion 1 ms later; a line that starts with `>` is only
/// the invocation, and one that starts with `<` only the completion.
fn history(lines: &[&str]) -> History {
    let mut operations = Vec::new();
    for line in lines {
        let (is_invoked, is_completed, line) = match line.split_at(1) {
            (">", line) => (true, false, line),
            ("<", line) => (false, true, line),
            _ => (true, true, *line),
        };
        let [process, kind, f, value] = *line.splitn(4, ' ').collect::<Vec<_>>() else {
            panic!("{line:?} must have four parts");
        };
        let mut record = |kind: &str, value: &str| {
            operations.push(format!(
                "{{:index {index}, :time {time}, :type :{kind}, :process {process}, :f :{f}, :value {value}}}",
                index = operations.len(),
                time = operations.len() * 1_000_000,
            ));
        };
        if is_invoked {
            let argument = if f == "poll" { "[[:poll]]" } else { value };
            record("invoke", argument);
        }
        if is_completed {
            record(kind, value);
        }
    }
    History::from_edn(&operations.join("\n")).unwrap()
}

fn judge(lines: &[&str]) -> Verdict {
    check(&history(lines), SubVia::Assign)
}

fn text(verdict: &Verdict, key: &'static str) -> String {
    verdict.results.get(key).unwrap().to_string()
}

/// Asserts that exactly these anomalies make a history invalid, and how the first is explained.
fn finds(lines: &[&str], anomalies: &str, explanation: &str) {
    let verdict = judge(lines);
    assert_eq!(text(&verdict, "bad-error-types"), anomalies);
    assert_eq!(verdict.valid, Validity::from(anomalies == "[]"));
    let first = verdict.explanation.first().map(String::as_str);
    assert_eq!(first.unwrap_or_default(), explanation);
}

#[test]
fn a_history_whose_messages_are_all_polled_is_valid() {
    let verdict = judge(&[
        r#"0 ok assign ["1"]"#,
        r#"1 ok send [[:send "1" [0 1]]]"#,
        r#"1 ok send [[:send "1" [5 2]]]"#,
        r#"0 ok poll [[:poll {"1" [[0 1]], "2" []}]]"#,
        r#"0 ok poll [[:poll {"1" [[5 2]]}]]"#,
    ]);
    assert_eq!(
        verdict.results.to_string(),
        "{:bad-error-types [], :error-types [], :info-txn-causes [], :valid? true, \
         :worst-realtime-lag {:key \"1\", :lag 0.001, :process 0, :time 0.006}}"
    );
    assert_eq!(verdict.explanation, [""; 0]);
}

#[test]
fn an_offset_that_holds_two_messages_is_inconsistent() {
    let lines = [
        r#"0 ok send [[:send "1" [0 1]]]"#,
        r#"0 info send [[:send "1" 2]]"#,
        r#"1 ok poll [[:poll {"1" [[0 1]]}]]"#,
        r#"2 ok poll [[:poll {"1" [[0 2]]}]]"#,
    ];
    finds(
        &lines,
        "[:inconsistent-offsets]",
        "inconsistent-offsets: offset 0 of key \"1\" holds different messages: \
         operation 1 (process 0, 0.001 s) sent 1 and got offset 0, \
         but operation 7 (process 2, 0.007 s) polled 2 at offset 0",
    );
    assert_eq!(
        text(&judge(&lines), "inconsistent-offsets"),
        "{:count 1, :errs [{:index 0, :key \"1\", :offset 0, :values #{1 2}}]}"
    );
}

#[test]
fn a_message_at_two_offsets_is_a_duplicate() {
    let lines = [
        r#"0 ok send [[:send "1" [0 1]]]"#,
        r#"1 ok poll [[:poll {"1" [[0 1]]}]]"#,
        r#"2 ok poll [[:poll {"1" [[4 1]]}]]"#,
    ];
    finds(
        &lines,
        "[:duplicate]",
        "duplicate: message 1 of key \"1\" is in the log more than once: \
         operation 1 (process 0, 0.001 s) sent 1 and got offset 0, \
         but operation 5 (process 2, 0.005 s) polled 1 at offset 4",
    );
    assert_eq!(
        text(&judge(&lines), "duplicate"),
        "{:count 1, :errs [{:count 2, :key \"1\", :offsets [0 4], :value 1}]}"
    );
}

#[test]
fn a_message_that_polls_skip_is_lost() {
    let lines = [
        r#"0 ok send [[:send "1" [0 1]]]"#,
        r#"0 ok send [[:send "1" [3 2]]]"#,
        r#"1 ok poll [[:poll {"1" [[3 2]]}]]"#,
    ];
    finds(
        &lines,
        "[:lost-write :unseen]",
        "lost-write: message 1 of key \"1\" is lost: \
         operation 1 (process 0, 0.001 s) sent it to offset 0 and it was never polled, \
         although operation 5 (process 1, 0.005 s) polled 2 at offset 3",
    );
}

#[test]
fn a_message_that_may_not_have_been_sent_is_not_lost() {
    // The offsets of sends that failed or whose outcome is unknown are not known.
    let lines = [
        r#"0 fail send [[:send "1" 1]]"#,
        r#"0 info send [[:send "1" 2]]"#,
        r#"1 ok send [[:send "1" [7 3]]]"#,
        r#"2 ok poll [[:poll {"1" [[7 3]]}]]"#,
    ];
    finds(&lines, "[]", "");
}

#[test]
fn a_message_whose_send_failed_is_an_aborted_read() {
    let lines = [
        r#"0 fail send [[:send "1" 1]]"#,
        r#"2 ok send [[:send "1" [1 2]]]"#,
        r#"1 ok poll [[:poll {"1" [[0 1] [1 2]]}]]"#,
    ];
    finds(
        &lines,
        "[:G1a]",
        "G1a: operation 5 (process 1, 0.005 s) polled message 1 of key \"1\", \
         but operation 1 (process 0, 0.001 s) failed to send it",
    );
}

#[test]
fn a_polled_message_that_no_client_sent_is_a_garbage_read() {
    let lines = [
        r#"0 ok send [[:send "1" [0 1]]]"#,
        r#"1 ok poll [[:poll {"1" [[0 1] [1 9]]}]]"#,
    ];
    finds(
        &lines,
        "[:garbage-read]",
        "garbage-read: operation 3 (process 1, 0.003 s) polled message 9 of key \"1\", \
         which no client sent",
    );
}

#[test]
fn the_message_of_a_send_that_never_completed_may_be_polled() {
    let lines = [
        r#">0 ok send [[:send "1" 1]]"#,
        r#"2 ok send [[:send "1" [1 2]]]"#,
        r#"1 ok poll [[:poll {"1" [[0 1] [1 2]]}]]"#,
    ];
    finds(&lines, "[]", "");
}

#[test]
fn a_transaction_that_polls_what_it_sent_is_a_precommitted_read() {
    let lines = [r#"0 ok txn [[:send "1" [0 1]] [:poll {"1" [[0 1]]}]]"#];
    finds(
        &lines,
        "[:empty-transaction-graph :precommitted-read]",
        "precommitted-read: operation 1 (process 0, 0.001 s) polled message 1 of key \"1\", \
         which it sent itself",
    );
}

const THREE_SENDS: [&str; 3] = [
    r#"0 ok send [[:send "1" [0 1]]]"#,
    r#"0 ok send [[:send "1" [4 2]]]"#,
    r#"0 ok send [[:send "1" [5 3]]]"#,
];

/// Asserts the anomalies of polls of a log with three messages.
fn finds_in_polls(polls: &[&str], anomalies: &str, explanation: &str) {
    let seen_by_another = [r#"9 ok poll [[:poll {"1" [[0 1] [4 2] [5 3]]}]]"#];
    let lines = [&THREE_SENDS[..], polls, &seen_by_another].concat();
    finds(&lines, anomalies, explanation);
}

#[test]
fn a_poll_that_leaves_out_messages_is_a_skip() {
    finds_in_polls(
        &[
            r#"1 ok poll [[:poll {"1" [[0 1]]}]]"#,
            r#"1 ok poll [[:poll {"1" [[5 3]]}]]"#,
        ],
        "[:poll-skip]",
        "poll-skip: operation 7 (process 1, 0.007 s) ended with message 1 of key \"1\", \
         then operation 9 (process 1, 0.009 s) continued with 3, \
         skipping 2, which the log has in between",
    );
    finds_in_polls(
        &[r#"1 ok poll [[:poll {"1" [[0 1] [5 3]]}]]"#],
        "[:int-poll-skip]",
        "int-poll-skip: operation 7 (process 1, 0.007 s) polled message 1 of key \"1\", then 3, \
         skipping 2, which the log has in between",
    );
}

#[test]
fn a_poll_that_goes_back_is_nonmonotonic() {
    finds_in_polls(
        &[
            r#"1 ok poll [[:poll {"1" [[0 1] [4 2]]}]]"#,
            r#"1 ok poll [[:poll {"1" [[0 1]]}]]"#,
        ],
        "[:nonmonotonic-poll]",
        "nonmonotonic-poll: operation 7 (process 1, 0.007 s) ended with message 2 of key \"1\", \
         then operation 9 (process 1, 0.009 s) continued with 1, which is 1 back in the log",
    );
    finds_in_polls(
        &[r#"1 ok poll [[:poll {"1" [[0 1] [0 1]]}]]"#],
        "[:int-nonmonotonic-poll]",
        "int-nonmonotonic-poll: operation 7 (process 1, 0.007 s) polled message 1 of key \"1\", \
         then 1, which is the same message again",
    );
}

#[test]
fn positions_are_kept_for_keys_that_stay_assigned() {
    let again = |between: &'static str| {
        [
            r#"1 ok poll [[:poll {"1" [[0 1] [4 2]]}]]"#,
            between,
            r#"1 ok poll [[:poll {"1" [[0 1]]}]]"#,
        ]
    };
    for forgets in [
        r#"1 ok assign ["2"]"#,
        r#"1 info assign ["2"]"#,
        r#"1 ok subscribe ["2"]"#,
        r#"1 info subscribe ["2"]"#,
        r#"1 ok subscribe #{"2" "3"}"#,
        r#"1 ok subscribe []"#,
    ] {
        finds_in_polls(&again(forgets), "[]", "");
    }
    for keeps in [
        r#"1 ok assign ["1" "2"]"#,
        r#"1 fail assign ["2"]"#,
        r#"2 ok assign ["2"]"#,
        r#"1 ok subscribe ["2" "1"]"#,
        r#"1 fail subscribe ["2"]"#,
        r#"2 ok subscribe ["2"]"#,
        r#"1 fail poll [[:poll]]"#,
        r#"1 ok debug-topic-partitions ["2"]"#,
    ] {
        let lines = [&THREE_SENDS[..], &again(keeps)].concat();
        let names = text(&judge(&lines), "bad-error-types");
        assert_eq!(names, "[:nonmonotonic-poll :unseen]", "{keeps}");
        let subscribed = check(&history(&lines), SubVia::Subscribe);
        assert_eq!(text(&subscribed, "bad-error-types"), "[:unseen]", "{keeps}");
        let found = text(&subscribed, "error-types");
        assert!(found.contains(":nonmonotonic-poll"), "{keeps}: {found}");
    }
}

#[test]
fn transactions_update_positions_as_polls_do() {
    let again = |between: &'static str| {
        [
            r#"1 ok txn [[:poll {"1" [[0 1] [4 2]]}]]"#,
            between,
            r#"1 ok txn [[:poll {"1" [[0 1] [4 2]]}] [:poll {}]]"#,
        ]
    };
    finds_in_polls(&again(r#"1 ok subscribe ["2"]"#), "[]", "");
    let lines = [&THREE_SENDS[..], &again(r#"1 ok subscribe ["1"]"#)].concat();
    let names = text(&judge(&lines), "bad-error-types");
    assert_eq!(names, "[:nonmonotonic-poll :unseen]");
}

#[test]
fn a_poll_of_a_key_that_is_rebalanced_meanwhile_may_go_back() {
    let back = |log: &str| {
        let ok = r#"{:process 1 :type :ok :f :poll :value [[:poll {"1" [[4 2] [0 1]]}]]"#;
        let lines = [
            "{:process 0 :type :invoke :f :send :value [[:send \"1\" 1]]}",
            "{:process 0 :type :ok :f :send :value [[:send \"1\" [0 1]]]}",
            "{:process 0 :type :invoke :f :send :value [[:send \"1\" 2]]}",
            "{:process 0 :type :ok :f :send :value [[:send \"1\" [4 2]]]}",
            "{:process 1 :type :invoke :f :poll :value [[:poll]]}",
            &format!("{ok} {log}}}"),
        ];
        let history = mael_history::History::from_edn(&lines.join("\n")).unwrap();
        text(&check(&history, SubVia::Assign), "bad-error-types")
    };
    assert_eq!(back(""), "[:int-nonmonotonic-poll]");
    assert_eq!(
        back(r#":rebalance-log [{:keys ["2"]}]"#),
        "[:int-nonmonotonic-poll]"
    );
    assert_eq!(back(r#":rebalance-log [{:keys []} {:keys ["1"]}]"#), "[]");
}

#[test]
fn an_empty_poll_of_a_key_hides_one_comparison() {
    finds_in_polls(
        &[
            r#"1 ok poll [[:poll {"1" [[0 1]]}]]"#,
            r#"1 ok poll [[:poll {"1" []}]]"#,
            r#"1 ok poll [[:poll {"1" [[0 1]]}]]"#,
        ],
        "[]",
        "",
    );
}

#[test]
fn sends_of_a_process_must_be_in_order() {
    let lines = [
        r#"0 ok send [[:send "1" [5 1]]]"#,
        r#"0 ok send [[:send "1" [2 2]]]"#,
        r#"2 ok send [[:send "1" [1 3]]]"#,
        r#"1 ok poll [[:poll {"1" [[1 3] [2 2] [5 1]]}]]"#,
    ];
    finds(
        &lines,
        "[:nonmonotonic-send]",
        "nonmonotonic-send: operation 1 (process 0, 0.001 s) ended with message 1 of key \"1\", \
         then operation 3 (process 0, 0.003 s) continued with 2, which is 1 back in the log",
    );
}

#[test]
fn sends_of_a_transaction_may_leave_gaps_but_not_go_back() {
    let lines = [
        r#"0 ok txn [[:send "1" [0 1]] [:send "1" [9 3]]]"#,
        r#"2 ok send [[:send "1" [5 2]]]"#,
        r#"1 ok poll [[:poll {"1" [[0 1] [5 2] [9 3]]}]]"#,
    ];
    finds(&lines, "[]", "");
    assert_eq!(text(&judge(&lines), "error-types"), "[:int-send-skip]");
    let lines = [
        r#"0 ok txn [[:send "1" [9 1]] [:send "1" [0 2]]]"#,
        r#"1 ok poll [[:poll {"1" [[0 2] [9 1]]}]]"#,
    ];
    finds(
        &lines,
        "[:int-nonmonotonic-send]",
        "int-nonmonotonic-send: operation 1 (process 0, 0.001 s) sent message 1 of key \"1\", \
         then 2, which is 1 back in the log",
    );
}

#[test]
fn an_acknowledged_message_that_is_never_polled_is_unseen() {
    let lines = [
        r#"0 ok send [[:send "1" [0 1]]]"#,
        r#"0 ok send [[:send "1" [1 2]]]"#,
        r#"0 ok send [[:send "2" [0 7]]]"#,
        r#"1 ok poll [[:poll {}]]"#,
    ];
    finds(
        &lines,
        "[:unseen]",
        "unseen: message 7 of key \"2\" was sent and acknowledged in \
         operation 5 (process 0, 0.005 s), but it was never polled; 2 keys in total have unseen messages",
    );
    assert_eq!(
        text(&judge(&lines), "unseen"),
        "{:messages {\"1\" [1 2], \"2\" [7]}, :time 7000000, :unseen {\"1\" 2, \"2\" 1}}"
    );
}

#[test]
fn a_message_that_is_polled_before_its_send_is_invoked_is_a_cycle() {
    let lines = [
        r#"1 ok poll [[:poll {"1" [[0 1]]}]]"#,
        r#"0 ok send [[:send "1" [0 1]]]"#,
    ];
    finds(
        &lines,
        "[:G1c-realtime :strong-PL-2-cycle-exists]",
        "G1c-realtime: operation 1 (process 1, 0.001 s) polled message 1 of key \"1\", \
         which operation 3 (process 0, 0.003 s) sent, \
         but operation 2 (process 0, 0.002 s) was invoked after operation 1 (process 1, 0.001 s) had completed",
    );
    // The same, but concurrently.
    let lines = [
        r#">0 ok send [[:send "1" [0 1]]]"#,
        r#"1 ok poll [[:poll {"1" [[0 1]]}]]"#,
        r#"<0 ok send [[:send "1" [0 1]]]"#,
    ];
    finds(&lines, "[]", "");
}

#[test]
fn transactions_that_poll_from_each_other_are_a_cycle() {
    let lines = [
        r#">0 ok txn [[:poll]]"#,
        r#"1 ok txn [[:send "1" [0 1]] [:poll {"2" [[0 1]]}]]"#,
        r#"<0 ok txn [[:send "2" [0 1]] [:poll {"1" [[0 1]]}]]"#,
    ];
    let verdict = judge(&lines);
    assert_eq!(
        text(&verdict, "bad-error-types"),
        "[:G1c :PL-2-cycle-exists]"
    );
    let case = |anomaly: &'static str, key: &'static str| {
        let cases = verdict.results.get(anomaly).unwrap().get("errs");
        let case = cases.unwrap().items().next().unwrap();
        case.get(key).unwrap().to_string()
    };
    let step =
        |key| format!("{{:a-mop-index 0, :b-mop-index 1, :key {key:?}, :type :wr, :value 1}}");
    assert_eq!(
        case("G1c", "steps"),
        format!("[{} {}]", step("1"), step("2"))
    );
    assert_eq!(case("PL-2-cycle-exists", "scc"), "#{2 3}");
}

#[test]
fn a_history_without_dependencies_is_invalid() {
    for lines in [
        &["0 info crash nil"][..],
        &["0 ok poll [[:poll {}]]"],
        &[r#"0 ok poll [[:poll {"1" []}]]"#],
    ] {
        finds(
            lines,
            "[:empty-transaction-graph]",
            "empty-transaction-graph: the dependency graph is empty: no send or poll is known to come after another, which Maelstrom counts as invalid",
        );
    }
}

#[test]
fn a_history_without_operations_is_unknown() {
    assert_eq!(judge(&[]).valid, Validity::Unknown);
}

#[test]
fn huge_offsets_take_no_extra_memory() {
    let most = "9".repeat(1000);
    let send = format!(r#"0 ok send [[:send "1" [{most} 1]]]"#);
    let poll = format!(r#"1 ok poll [[:poll {{"1" [[{most} 1]]}}]]"#);
    let negative = r#"0 ok send [[:send "2" [-5 1]]]"#;
    let poll_negative = r#"1 ok poll [[:poll {"2" [[-5 1]]}]]"#;
    finds(&[&send, &poll, negative, poll_negative], "[]", "");
}

#[test]
fn a_malformed_operation_makes_the_verdict_unknown() {
    for line in [
        r#"0 ok send [[:send "1"]]"#,
        r#"0 ok send [:send]"#,
        r#"0 ok send [{}]"#,
        r#"0 ok poll [[:poll [1 2]]]"#,
        r#"0 ok poll [[:poll {"1" nil}]]"#,
        r#"0 ok poll nil"#,
        r#"0 ok assign {"1" 2}"#,
        r#"0 ok seek 2"#,
    ] {
        let verdict = judge(&[r#"1 ok send [[:send "1" [0 1]]]"#, line]);
        assert_eq!(verdict.valid, Validity::Unknown, "{line}");
        let reason = "operation 2 (process 0, 0.002 s) can't be judged: expected ";
        let explanation = &verdict.explanation[0];
        assert!(explanation.starts_with(reason), "{explanation}");
    }
}

#[test]
fn a_send_without_a_completion_value_has_the_value_of_its_invocation() {
    let lines = [
        r#">0 begin send [[:send "1" 7]]"#,
        r#"1 ok poll [[:poll {"1" [[0 7]]}]]"#,
        // The poll that first returns a key must not be the last, or the message counts as unseen.
        r#"2 ok poll [[:poll {"1" [[0 7]]}]]"#,
    ];
    finds(&lines, "[]", "");
    let text = "{:process 0, :type :invoke, :f :send, :value [[:send 1 7]]}
        {:process 0, :type :info, :f :send, :value nil}
        {:process 1, :type :invoke, :f :poll, :value [[:poll]]}
        {:process 1, :type :ok, :f :poll, :value [[:poll {1 [[0 7]]}]]}
        {:process 2, :type :invoke, :f :poll, :value [[:poll]]}
        {:process 2, :type :ok, :f :poll, :value [[:poll {1 [[0 7]]}]]}";
    let history = History::from_edn(text).unwrap();
    assert_eq!(check(&history, SubVia::Assign).valid, Validity::True);
}

#[test]
fn lag_and_causes_of_unknown_outcomes_are_reported() {
    let lines = [
        r#"1 ok assign ["1"]"#,
        r#"0 ok send [[:send "1" [0 1]]]"#,
        r#"0 ok send [[:send "1" [1 2]]]"#,
        r#"1 ok poll [[:poll {"1" [[0 1]]}]]"#,
        r#"1 ok poll [[:poll {"1" [[1 2]]}]]"#,
        r#"3 info poll [[:poll]]"#,
    ];
    let verdict = judge(&lines);
    assert_eq!(verdict.valid, Validity::True);
    // The message at offset 1 existed since 0.005 s, but the poll at 0.006 s did not return it.
    assert_eq!(
        text(&verdict, "worst-realtime-lag"),
        "{:key \"1\", :lag 0.001, :process 1, :time 0.006}"
    );
    assert_eq!(text(&verdict, "info-txn-causes"), "[nil]");
}

#[test]
fn only_the_worst_cases_are_listed() {
    let mut lines = vec![r#"0 ok send [[:send "1" [0 0]]]"#.to_owned()];
    lines.extend((1..60).map(|it| format!(r#"0 ok send [[:send "1" [{it} {it}]]]"#)));
    // From each message back to an earlier one.
    lines.extend((1..30).map(|back| {
        let (from, to) = (40, 40 - back);
        format!(r#"{back} ok poll [[:poll {{"1" [[{from} {from}] [{to} {to}]]}}]]"#)
    }));
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let verdict = judge(&lines);
    let found = verdict.results.get("int-nonmonotonic-poll").unwrap();
    assert_eq!(found.get("count"), Some(&Value::from(29)));
    let Some(Value::List(shown)) = found.get("errs") else {
        panic!("cases are a list");
    };
    let distances: Vec<&Value> = shown.iter().filter_map(|it| it.get("delta")).collect();
    let expected: Vec<Value> = (-29..=-22).map(Value::from).collect();
    assert_eq!(distances, expected.iter().collect::<Vec<_>>());
}
